/* `hardenctl explain trust`: the policy's section, which is no control, in the words of
 * the manual. */
#ifndef OCI_HARDEN_HARDENCTL_EXPLAIN_TRUST_H
#define OCI_HARDEN_HARDENCTL_EXPLAIN_TRUST_H

void explain_trust(void);

#endif
