/* systemd's journal, by its native protocol (a datagram of NAME=value lines). */
#ifndef OCI_HARDEN_SHIM_JOURNAL_H
#define OCI_HARDEN_SHIM_JOURNAL_H

#include <jansson.h>

/* Sends a decision's record. Never blocks; a host without journal is no error. */
void journal_send(const json_t *record);

#endif
