# wearchive. The two commands: make demo, make test. See README.md.

SHELL = /bin/sh
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

# BUILD= another folder, for another compiler or other flags side by side.
BUILD = build
OPT ?= -O2
ifdef SAN
BUILD = build-san
OPT = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
WARN := $(filter-out -Wnull-dereference,$(WARN))
export UBSAN_OPTIONS ?= print_stacktrace=1
endif

CPPFLAGS_ALL = -Isrc -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 \
	-DVERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = -std=c17 -g $(OPT) $(WARN) $(CFLAGS)
LIBS = -lcurl -lcjson -lcsv -linih -lmicrohttpd -lsodium -lxxhash
TEST_LIBS = -lcmocka $(LIBS)

LIB_OBJ = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/*/*.c))
# Programs of the tests have a clock of their own: tests/sandbox/clock.c.
TEST_CLOCK = $(BUILD)/tests/sandbox/clock.o
TEST_OBJ = $(filter-out $(BUILD)/src/sys/clock.o,$(LIB_OBJ)) $(TEST_CLOCK)
SANDBOX_OBJ = $(filter-out $(TEST_CLOCK), \
	$(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sandbox/*.c))) \
	$(filter $(BUILD)/src/base/%,$(LIB_OBJ))
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_PROGRAMS = $(BUILD)/wearchive $(BUILD)/wearchive-test \
	$(BUILD)/wearchive-fault $(BUILD)/sandbox \
	$(BUILD)/dump_registry $(UNIT) $(FUZZ:%=$(BUILD)/replay_%)
# Calls that tests/fault/wrap.c takes over; those with 64 are what the others
# are called with large files.
FAULT_CALLS = write pwrite pwrite64 read pread pread64 fsync fdatasync rename \
	ftruncate ftruncate64 unlink open open64 mkdir fcntl fcntl64 \
	malloc calloc realloc
# Small bounds of memory: tests/fault/bounds.c.
FAULT_OBJ = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fault/*.c)) \
	$(filter-out $(BUILD)/src/store/bounds.o,$(LIB_OBJ))
# The whole program as it is in tests, and its calls fail: tests/fault/whole.
WHOLE_OBJ = $(BUILD)/src/main.o $(TEST_OBJ) $(patsubst %,$(BUILD)/tests/fault/%.o, \
	wrap disk tree whole/arm)
FAULT_BUILD = build-fault$(if $(SAN),-san)
ANALYSIS = $(foreach kind,analyzed tidy,$(patsubst %.c,$(BUILD)/%.$(kind), \
	$(wildcard src/*.c src/*/*.c)))
comma = ,
LINK = $(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^

# The targets below the line install what they need, then use all cores.
JOBS = -j$(shell nproc 2>/dev/null || echo 2) --no-print-directory

all: $(BUILD)/wearchive

$(BUILD)/wearchive: $(BUILD)/src/main.o $(LIB_OBJ)
	$(LINK) $(LIBS)

$(BUILD)/wearchive-test: $(BUILD)/src/main.o $(TEST_OBJ)
	$(LINK) $(LIBS)

$(BUILD)/wearchive-fault: $(WHOLE_OBJ)
	$(LINK) $(patsubst %,-Wl$(comma)--wrap=%, \
		$(filter-out %alloc,$(FAULT_CALLS))) $(LIBS)

# For tests/bench: against programs that do not wait for the disk.
$(BUILD)/wearchive-nosync: $(BUILD)/src/main.o $(BUILD)/tests/bench/nosync.o \
		$(LIB_OBJ)
	$(LINK) -Wl,--wrap=fsync,--wrap=fdatasync,--wrap=sync_file_range $(LIBS)

$(BUILD)/sandbox: $(SANDBOX_OBJ)
	$(LINK) -lmicrohttpd -lz -lcjson -lsodium

$(BUILD)/test_%: $(BUILD)/tests/unit/test_%.o $(TEST_OBJ)
	$(LINK) $(TEST_LIBS)

$(BUILD)/dump_registry: $(BUILD)/tests/unit/dump_registry.o $(LIB_OBJ)
	$(LINK) $(LIBS)

$(BUILD)/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o \
		$(BUILD)/tests/fuzz/scratch.o $(LIB_OBJ)
	$(LINK) $(LIBS)

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/scratch.o \
		$(LIB_OBJ)
	$(LINK) -fsanitize=fuzzer $(LIBS)

$(BUILD)/fault: $(FAULT_OBJ)
	$(LINK) $(FAULT_CALLS:%=-Wl,--wrap=%) $(LIBS)

# What two compilers find when they follow the paths through a file; it takes
# a while, so only those are looked at again that changed.
$(BUILD)/%.analyzed: %.c $(BUILD)/%.o
	gcc $(CPPFLAGS_ALL) -std=c17 -O2 -fanalyzer -Werror -c -o /dev/null $<
	@touch $@

# A third of the paths that it would try: half the time, the same findings.
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	clang-tidy -quiet $< -- $(CPPFLAGS_ALL) -std=c17 -Xclang \
		-analyzer-config -Xclang max-nodes=75000 2>/dev/null
	@touch $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------------------

demo:
	@scripts/bootstrap demo
	@$(MAKE) $(JOBS) -s demo-programs
	@scripts/demo $(BUILD)

test:
	@scripts/bootstrap test
	@$(MAKE) $(JOBS) test-programs
	@scripts/run-tests $(BUILD)

# Other programs read and write the tables. In `make test` these scenarios are
# skipped where the programs are not there.
test-readers:
	@scripts/bootstrap readers
	@$(MAKE) $(JOBS) test-programs
	@scripts/install-duckdb $(BUILD)/node
	@tests/golden/run.sh $(BUILD) 'read_by_*' 'saved_by_*'

# A real browser logs in. In `make test` these scenarios are skipped where there
# is none.
test-browser:
	@scripts/bootstrap browser
	@$(MAKE) $(JOBS) test-programs
	@tests/golden/run.sh $(BUILD) 'chromium_*'

# Every step fails in every way. FAULT_ARGS='-e 10' tries each tenth, -d two
# faults in a row, too.
test-fault:
	@scripts/bootstrap test
	@$(MAKE) $(JOBS) BUILD=$(FAULT_BUILD) $(FAULT_BUILD)/fault
	@$(FAULT_BUILD)/fault $(FAULT_ARGS)

test-valgrind:
	@scripts/bootstrap valgrind
	@$(MAKE) $(JOBS) test-programs
	@WRAP='valgrind -q --error-exitcode=99 --leak-check=full' \
		scripts/run-tests $(BUILD) unit

lint:
	@scripts/bootstrap lint
	@$(MAKE) $(JOBS) -s $(BUILD)/wearchive $(BUILD)/dump_registry
	@CC='$(CC)' MAKE='$(MAKE) $(JOBS)' scripts/lint $(BUILD)

# FUZZ_SECONDS for each target.
FUZZ_SECONDS ?= 60
fuzz:
	@scripts/bootstrap fuzz
	@$(MAKE) $(JOBS) CC=clang BUILD=build-fuzz fuzz-programs \
		OPT='-O1 -g -fsanitize=fuzzer-no-link,address,undefined'
	@for f in $(FUZZ); do mkdir -p build-fuzz/corpus/$$f; \
		build-fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) \
		-print_final_stats=1 build-fuzz/corpus/$$f tests/corpus/$$f \
		|| exit 1; done

# BENCH=scale: only a part, see tests/bench/bench.sh.
bench:
	@scripts/bootstrap bench
	@$(MAKE) $(JOBS) -s $(BUILD)/wearchive $(BUILD)/wearchive-nosync \
		$(BUILD)/sandbox
	@CC='$(CC)' tests/bench/bench.sh $(BUILD) $(BENCH)

demo-programs: $(BUILD)/wearchive $(BUILD)/sandbox
test-programs: $(TEST_PROGRAMS)
analysis: $(ANALYSIS)
fuzz-programs: $(FUZZ:%=$(BUILD)/fuzz_%)

install: $(BUILD)/wearchive
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man5
	install -m 755 $(BUILD)/wearchive $(DESTDIR)$(PREFIX)/bin/
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/

clean:
	rm -rf build build-* demo-data

.PHONY: all demo test test-readers test-browser test-fault test-valgrind lint \
	fuzz bench install clean demo-programs test-programs fuzz-programs analysis
.SECONDARY:
