/* What the name, or the shape of the value, of an environment variable says about it.
 * Values are looked at and never kept: only names reach a finding. */
#ifndef OCI_HARDEN_CONTROLS_PROCESS_ENVIRONMENT_H
#define OCI_HARDEN_CONTROLS_PROCESS_ENVIRONMENT_H

enum variable_kind {
	VARIABLE_PLAIN = 0,
	VARIABLE_SECRET_NAME,  /* POSTGRES_PASSWORD */
	VARIABLE_SECRET_VALUE, /* a private key, a token of a known service, a password in an address */
	VARIABLE_LOADER,       /* LD_PRELOAD: makes the program load other code */
};

/* `entry` is "NAME=VALUE"; an entry without "=" is VARIABLE_PLAIN. */
enum variable_kind process_environment_kind(const char *entry);

#endif
