/* libcrypto asks the processor for its features before main(), also where nothing is
 * digested. In a virtual machine every CPUID instruction leaves the guest, which costs
 * a command that only passes through more than all of its own work. In the static
 * program (flags.mk) this stands in the place of that question; libcrypto then takes
 * the code that runs on every processor, and the kilobytes that are digested here take
 * no longer. What digests megabytes calls __real_OPENSSL_cpuid_setup() first. */
void __wrap_OPENSSL_cpuid_setup(void);

void __wrap_OPENSSL_cpuid_setup(void)
{
}
