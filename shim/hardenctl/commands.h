/* hardenctl's commands: one file each, one row each in main.c. argv[0] is the
 * command's name. They return the program's exit status. */
#ifndef OCI_HARDEN_HARDENCTL_COMMANDS_H
#define OCI_HARDEN_HARDENCTL_COMMANDS_H

/* Exit statuses of check and diff; the other commands use CLEAN and UNABLE. */
enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_REWRITTEN = 1,
	EXIT_REFUSED = 2,
	EXIT_UNABLE = 3,
};

int command_check(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_exception(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_policy(int argc, char **argv);
int command_reference(int argc, char **argv);
int command_trust(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_why(int argc, char **argv);

#endif
