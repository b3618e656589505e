# wearchive: make, make demo, make test; see README.md.

SHELL = /bin/sh
CC ?= cc
ifeq ($(origin CC),default)
CC = gcc
endif
PREFIX ?= /usr/local
VERSION = 0.1.0

WARN = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wundef \
	-Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wswitch-enum -Wnull-dereference
ifdef WERROR
WARN += -Werror
endif
OPT ?= -O2
BUILD = build
ifdef SAN
BUILD = build-san
OPT = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
endif

CPPFLAGS_ALL = -Isrc -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 \
	-DVERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=c17 -g $(OPT) $(WARN) $(CFLAGS)
LIBS = -lcurl -lcjson -lcsv -linih -lxxhash -lm
TEST_LIBS = -lcmocka -lmicrohttpd $(LIBS)

LIB_SRC = $(filter-out src/main.c,$(wildcard src/*/*.c))
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/%.o)
# Test programs have a clock of their own; see tests/sandbox/clock.c.
TEST_OBJ = $(filter-out $(BUILD)/src/sys/clock.o,$(LIB_OBJ)) \
	$(BUILD)/tests/sandbox/clock.o
UNIT_SRC = $(wildcard tests/unit/test_*.c)
UNIT = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/%)

all: $(BUILD)/wearchive

$(BUILD)/wearchive: $(BUILD)/src/main.o $(LIB_OBJ)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/test_%: $(BUILD)/tests/unit/test_%.o $(TEST_OBJ)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf build build-* demo-data

.PHONY: all clean
.SECONDARY:
