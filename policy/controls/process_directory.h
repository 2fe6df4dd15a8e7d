/* Where a process starts, as the kernel will see it. */
#ifndef OCI_HARDEN_CONTROLS_PROCESS_DIRECTORY_H
#define OCI_HARDEN_CONTROLS_PROCESS_DIRECTORY_H

#include "policy/controls/control.h"

/* What is wrong with the absolute directory `path` in the container, a predicate as in
 * struct finding; NULL where it is harmless. *ret_leads_to is where it leads, if that
 * is another path; the caller frees it. A text that leads into /proc by itself, by the
 * image's symbolic links, by those in a mounted folder, or by the links that the
 * backend makes in /dev is told, and so is another place that shows /proc. 0 or -ENOMEM.
 * An exec's is judged in the running container, with its mounts and its own links, too.
 *
 * The image does not change before the process starts, but a volume that another
 * container writes may, and at an exec the container itself runs: then this is
 * advisory, and the backend's own check (CVE-2024-21626) is what protects. */
int process_directory_judge(const struct container_view *view, const struct facts *facts, const char *path,
			    const char **ret_why, char **ret_leads_to);

#endif
