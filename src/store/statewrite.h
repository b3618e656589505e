#ifndef STORE_STATEWRITE_H
#define STORE_STATEWRITE_H

struct cJSON;
struct category_state;

/* A category into its object of the document. Members that nobody knows stay
 * as they are. */
void statewrite_category(struct cJSON *object, const struct category_state *c);

#endif
