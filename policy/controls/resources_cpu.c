#include <errno.h>

#include "policy/controls/resources.h"

int64_t quota_of(int64_t thousandths, int64_t period)
{
	/* both are bounded (a key of at most 10^9, a period of at most 10^6) */
	return thousandths * period / 1000;
}

struct cpu {
	struct given quota, period;
};

static bool period_fits(int64_t period)
{
	return period >= CPU_PERIOD_SMALLEST && period <= CPU_PERIOD_LARGEST;
}

/* Writes a quota for `thousandths`, and a period where the given one is missing,
 * does not fit or is too short for the kernel's smallest quota. */
static int put_quota(struct limits *limits, const struct cpu *cpu, int64_t thousandths, const char *key,
		     const char *why)
{
	int64_t period = period_fits(cpu->period.number) ? cpu->period.number : CPU_PERIOD;
	if (quota_of(thousandths, period) < CPU_QUOTA_SMALLEST)
		period = CPU_PERIOD_LARGEST;
	int64_t quota = quota_of(thousandths, period);
	if (quota < CPU_QUOTA_SMALLEST)
		quota = CPU_QUOTA_SMALLEST;
	int result = 0;
	bool by_kernel = period == CPU_PERIOD && !cpu->period.value && !is_partial(limits);
	if (period != cpu->period.number && !by_kernel)
		result = limits_set(limits, "cpu/period", cpu->period.value, period, NULL, 0,
				    "is not the period that the quota is measured by");
	int64_t asked = cpu->quota.number > 0 && cpu->quota.number < INT64_MAX / 1000
				? cpu->quota.number * 1000 / period + 1 : INT64_MAX;
	return result < 0 ? result
			  : limits_set(limits, "cpu/quota", cpu->quota.value, quota, asked < INT64_MAX ? key : NULL,
				       asked, why);
}

/* Only one of the two: what the other is in the running container is not known. */
static int judge_half(struct limits *limits, const struct cpu *cpu)
{
	if (cpu->period.number != 0)
		return limits_remove(limits, "cpu/period", cpu->period.value,
				     "changes the period of a quota that is not given with it");
	return limits_set(limits, "cpu/period", NULL, CPU_PERIOD, NULL, 0,
			  "is missing, so that the quota cannot be measured");
}

static int judge_quota(struct limits *limits, const struct cpu *cpu)
{
	int64_t maximum = 0, fallback = 0;
	const struct given *quota = &cpu->quota;
	bool has_maximum = setting_number(limits->settings, "cpus.max", &maximum);
	if (!limits_default(limits, "cpus.default", "cpus.max", &fallback))
		return 0;
	if (is_partial(limits) && quota->number == 0)
		return cpu->period.number != 0 ? judge_half(limits, cpu) : 0;
	if (quota->number <= 0)
		return put_quota(limits, cpu, fallback, NULL,
				 "leaves the processors unlimited, so that one container can take all of them");
	int64_t period = cpu->period.number != 0 ? cpu->period.number : CPU_PERIOD;
	if (!period_fits(period))
		return put_quota(limits, cpu, has_maximum ? maximum : fallback, NULL,
				 "is measured by a period that the kernel does not take");
	bool smallest = quota->number <= CPU_QUOTA_SMALLEST && period == CPU_PERIOD_LARGEST;
	if (has_maximum && quota->number > quota_of(maximum, period) && !smallest)
		return put_quota(limits, cpu, maximum, "cpus.max", "is above the policy's maximum for processors");
	return is_partial(limits) && cpu->period.number == 0 ? judge_half(limits, cpu) : 0;
}

/* Real-time runtime comes before everybody else's time. */
static int judge_realtime(struct limits *limits, const json_t *section)
{
	static const char *const places[] = {"cpu/realtimeRuntime", "cpu/realtimePeriod"};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct given given;
		int result = limits_number(limits, section, places[i], &given);
		if (result == 1 && given.number != 0)
			result = limits_remove(limits, places[i], given.value,
					       "gives the container real-time scheduling, which can starve the host");
		if (result < 0 && result != -EINVAL)
			return result;
	}
	return 0;
}

int judge_cpu(struct limits *limits)
{
	json_t *section = NULL;
	struct cpu cpu = {0};
	int result = limits_section(limits, "cpu", &section);
	if (result >= 0)
		result = limits_number(limits, section, "cpu/quota", &cpu.quota);
	if (result >= 0)
		result = limits_number(limits, section, "cpu/period", &cpu.period);
	if (result >= 0)
		result = judge_quota(limits, &cpu);
	if (result < 0)
		return result == -EINVAL ? 0 : result;
	return judge_realtime(limits, section);
}
