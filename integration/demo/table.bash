# How the demo prints, and how it checks what it prints. Sourced by show.

BOLD='' RED='' GREEN='' PLAIN=''
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
fi
claims=0
untrue=0

heading() {
	printf '\n%s%s%s\n\n' "$BOLD" "$*" "$PLAIN"
}

note() {
	fmt -w 92 <<<"$*" | sed 's/^/  /'
}

# shown COMMAND…: the command as one would type it, then what it prints.
shown() {
	printf '  %s$ %s%s\n' "$BOLD" "${SHOWN_AS:-$*}" "$PLAIN"
	"$@" 2>&1 | sed 's/^/  /'
	return "${PIPESTATUS[0]}"
}

# claim WHAT COMMAND…: WHAT is true if COMMAND succeeds.
claim() {
	local what=$1
	shift
	claims=$((claims + 1))
	if "$@" >/dev/null 2>&1; then
		printf '  %sok%s  %s\n' "$GREEN" "$PLAIN" "$what"
	else
		untrue=$((untrue + 1))
		printf '  %sNOT TRUE%s  %s\n' "$RED" "$PLAIN" "$what"
	fi
}

# read_answers NAME: standard input, as probe.sh prints it, into the array NAME.
declare -A bare=() hardened=()
read_answers() {
	local -n into=$1
	local key value
	into=()
	while IFS=$'\t' read -r key value; do
		# shellcheck disable=SC2034 # it is the array that NAME names
		[[ -z $key ]] || into["$key"]=$value
	done
}

# A set of capabilities: the kernel's number and how many they are.
capability_set() {
	local bits count=0
	for ((bits = 16#$1; bits > 0; bits >>= 1)); do
		count=$((count + (bits & 1)))
	done
	if ((count == 0)); then echo none; else printf '%x (%d)\n' "$((16#$1))" "$count"; fi
}

# cell KEY VALUE: an answer as it stands in the table.
cell() {
	case $1=$2 in
	*=) echo 'no answer' ;;
	effective=* | bounding=*) capability_set "$2" ;;
	seccomp=2) echo yes ;;
	seccomp=0) echo none ;;
	data=*) grep -oxE 'ro|rw|nosuid|nodev|noexec' <<<"${2//,/$'\n'}" | paste -sd, ;;
	*) echo "$2" ;;
	esac
}

table_head() {
	printf '  %s%-34s %-27s %s%s\n' "$BOLD" "$1" runc oci-harden "$PLAIN"
}

# row LABEL KEY LEFT RIGHT: what bare runc and oci-harden let the kernel say, and
# the patterns (regular expressions) that the two cells have to match.
row() {
	local label=$1 key=$2 left right wrong='' worse='' better=''
	left=$(cell "$key" "${bare[$key]:-}")
	right=$(cell "$key" "${hardened[$key]:-}")
	claims=$((claims + 1))
	if [[ ! $left =~ $3 || ! $right =~ $4 ]]; then
		untrue=$((untrue + 1))
		wrong="  ${RED}NOT TRUE: expected $3 and $4$PLAIN"
	fi
	[[ $left == "$right" ]] || worse=$RED better=$GREEN
	printf '  %-34s %s%-27s%s %s%s%s%s\n' "$label" "$worse" "$left" "$PLAIN" "$better" "$right" "$PLAIN" "$wrong"
}
