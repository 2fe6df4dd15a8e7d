# Turns docker-config.json into what a container with every capability, nothing masked and no AppArmor profile gets, as
# from docker run --cap-add ALL --security-opt apparmor=unconfined --security-opt systempaths=unconfined; of the
# capability sets also the two that Docker leaves empty.
([
  "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
  "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
  "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
  "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
  "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
  "CHECKPOINT_RESTORE"
] | map("CAP_" + .)) as $all
| .process.capabilities = {bounding: $all, effective: $all, permitted: $all, inheritable: $all, ambient: $all}
| .process.apparmorProfile = "unconfined"
| .linux.maskedPaths = []
| .linux.readonlyPaths = []
