package main

// What a Go runtime decodes config.json into: the fields of the runtime
// specification 1.2 that decide most of a container, in its nesting and types.

type Spec struct {
	Version     string            `json:"ociVersion"`
	Process     *Process          `json:"process,omitempty"`
	Root        *Root             `json:"root,omitempty"`
	Hostname    string            `json:"hostname,omitempty"`
	Mounts      []Mount           `json:"mounts,omitempty"`
	Hooks       *Hooks            `json:"hooks,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Linux       *Linux            `json:"linux,omitempty"`
}

type Process struct {
	Terminal        bool          `json:"terminal,omitempty"`
	ConsoleSize     *Box          `json:"consoleSize,omitempty"`
	User            User          `json:"user"`
	Args            []string      `json:"args,omitempty"`
	Env             []string      `json:"env,omitempty"`
	Cwd             string        `json:"cwd"`
	Capabilities    *Capabilities `json:"capabilities,omitempty"`
	Rlimits         []Rlimit      `json:"rlimits,omitempty"`
	NoNewPrivileges bool          `json:"noNewPrivileges,omitempty"`
	ApparmorProfile string        `json:"apparmorProfile,omitempty"`
	OOMScoreAdj     *int          `json:"oomScoreAdj,omitempty"`
	SelinuxLabel    string        `json:"selinuxLabel,omitempty"`
}

type Box struct {
	Height uint `json:"height"`
	Width  uint `json:"width"`
}

type User struct {
	UID            uint32   `json:"uid"`
	GID            uint32   `json:"gid"`
	Umask          *uint32  `json:"umask,omitempty"`
	AdditionalGids []uint32 `json:"additionalGids,omitempty"`
}

type Capabilities struct {
	Bounding    []string `json:"bounding,omitempty"`
	Effective   []string `json:"effective,omitempty"`
	Inheritable []string `json:"inheritable,omitempty"`
	Permitted   []string `json:"permitted,omitempty"`
	Ambient     []string `json:"ambient,omitempty"`
}

type Rlimit struct {
	Type string `json:"type"`
	Hard uint64 `json:"hard"`
	Soft uint64 `json:"soft"`
}

type Root struct {
	Path     string `json:"path"`
	Readonly bool   `json:"readonly,omitempty"`
}

type Mount struct {
	Destination string      `json:"destination"`
	Type        string      `json:"type,omitempty"`
	Source      string      `json:"source,omitempty"`
	Options     []string    `json:"options,omitempty"`
	UIDMappings []IDMapping `json:"uidMappings,omitempty"`
}

type IDMapping struct {
	ContainerID uint32 `json:"containerID"`
	HostID      uint32 `json:"hostID"`
	Size        uint32 `json:"size"`
}

type Hook struct {
	Path    string   `json:"path"`
	Args    []string `json:"args,omitempty"`
	Env     []string `json:"env,omitempty"`
	Timeout *int     `json:"timeout,omitempty"`
}

type Hooks struct {
	Prestart      []Hook `json:"prestart,omitempty"`
	CreateRuntime []Hook `json:"createRuntime,omitempty"`
	Poststop      []Hook `json:"poststop,omitempty"`
}

type Linux struct {
	UIDMappings   []IDMapping       `json:"uidMappings,omitempty"`
	Sysctl        map[string]string `json:"sysctl,omitempty"`
	Resources     *Resources        `json:"resources,omitempty"`
	CgroupsPath   string            `json:"cgroupsPath,omitempty"`
	Namespaces    []Namespace       `json:"namespaces,omitempty"`
	Seccomp       *Seccomp          `json:"seccomp,omitempty"`
	MaskedPaths   []string          `json:"maskedPaths,omitempty"`
	ReadonlyPaths []string          `json:"readonlyPaths,omitempty"`
}

type Namespace struct {
	Type string `json:"type"`
	Path string `json:"path,omitempty"`
}

type Resources struct {
	Devices []DeviceRule      `json:"devices,omitempty"`
	Memory  *Memory           `json:"memory,omitempty"`
	CPU     *CPU              `json:"cpu,omitempty"`
	Pids    *Pids             `json:"pids,omitempty"`
	Unified map[string]string `json:"unified,omitempty"`
}

type DeviceRule struct {
	Allow  bool   `json:"allow"`
	Type   string `json:"type,omitempty"`
	Major  *int64 `json:"major,omitempty"`
	Minor  *int64 `json:"minor,omitempty"`
	Access string `json:"access,omitempty"`
}

type Memory struct {
	Limit      *int64  `json:"limit,omitempty"`
	Swap       *int64  `json:"swap,omitempty"`
	Swappiness *uint64 `json:"swappiness,omitempty"`
}

type CPU struct {
	Shares *uint64 `json:"shares,omitempty"`
	Quota  *int64  `json:"quota,omitempty"`
	Period *uint64 `json:"period,omitempty"`
	Cpus   string  `json:"cpus,omitempty"`
}

type Pids struct {
	Limit int64 `json:"limit"`
}

type Seccomp struct {
	DefaultAction string    `json:"defaultAction"`
	DefaultErrno  *uint     `json:"defaultErrnoRet,omitempty"`
	Architectures []string  `json:"architectures,omitempty"`
	Syscalls      []Syscall `json:"syscalls,omitempty"`
}

type Syscall struct {
	Names  []string     `json:"names"`
	Action string       `json:"action"`
	Args   []SeccompArg `json:"args,omitempty"`
}

type SeccompArg struct {
	Index    uint   `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo,omitempty"`
	Op       string `json:"op"`
}
