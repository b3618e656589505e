#ifndef SANDBOX_RECORDS_H
#define SANDBOX_RECORDS_H

#include <stdint.h>

struct buf;
struct item;
struct items;
struct person;

/*
 * What the person left behind, by category. X_list() adds the records of one
 * day that exist at person->now, in the order of item->at; X_write() adds the
 * text of one record, an object whose first member is its id if it has one.
 * Fields and values as in the API's document.
 */

void activity_list(struct items *out, const struct person *p, int64_t day);
void activity_write(struct buf *b, const struct person *p,
                    const struct item *it);

/* Days with a night, once the person is awake. */
void night_list(struct items *out, const struct person *p, int64_t day);
void daily_sleep_write(struct buf *b, const struct person *p,
                       const struct item *it);
void readiness_write(struct buf *b, const struct person *p,
                     const struct item *it);
void spo2_write(struct buf *b, const struct person *p, const struct item *it);
void cardio_age_write(struct buf *b, const struct person *p,
                      const struct item *it);
void resilience_list(struct items *out, const struct person *p, int64_t day);
void resilience_write(struct buf *b, const struct person *p,
                      const struct item *it);
/* Every day, worn or not. */
void day_list(struct items *out, const struct person *p, int64_t day);
void stress_write(struct buf *b, const struct person *p, const struct item *it);
void sleep_time_write(struct buf *b, const struct person *p,
                      const struct item *it);
void vo2_max_list(struct items *out, const struct person *p, int64_t day);
void vo2_max_write(struct buf *b, const struct person *p,
                   const struct item *it);

void sleep_list(struct items *out, const struct person *p, int64_t day);
void sleep_write(struct buf *b, const struct person *p, const struct item *it);

void workout_list(struct items *out, const struct person *p, int64_t day);
void workout_write(struct buf *b, const struct person *p,
                   const struct item *it);
void session_list(struct items *out, const struct person *p, int64_t day);
void session_write(struct buf *b, const struct person *p,
                   const struct item *it);
void enhanced_tag_list(struct items *out, const struct person *p, int64_t day);
void enhanced_tag_write(struct buf *b, const struct person *p,
                        const struct item *it);
void tag_list(struct items *out, const struct person *p, int64_t day);
void tag_write(struct buf *b, const struct person *p, const struct item *it);
void rest_mode_list(struct items *out, const struct person *p, int64_t day);
void rest_mode_write(struct buf *b, const struct person *p,
                     const struct item *it);

/* Here day is a UTC day. */
void heartrate_list(struct items *out, const struct person *p, int64_t day);
void heartrate_write(struct buf *b, const struct person *p,
                     const struct item *it);
void battery_list(struct items *out, const struct person *p, int64_t day);
void battery_write(struct buf *b, const struct person *p,
                   const struct item *it);

/* Here day counts for nothing: the list is the same for each. */
void rings_list(struct items *out, const struct person *p, int64_t day);
void rings_write(struct buf *b, const struct person *p, const struct item *it);
void personal_list(struct items *out, const struct person *p, int64_t day);
void personal_write(struct buf *b, const struct person *p,
                    const struct item *it);

#endif
