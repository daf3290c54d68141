# ntk_sketch: build with PGXS; see README.md.
#
#   make, make install, make installcheck   as every extension
#   make demo                               the main job, on a machine with only Debian
#   make check [FAST=1]                     all tests, on a private server; the quick ones
#   make check-asan                         tests of C under the sanitizers
#   make fuzz [SECONDS=60]                  changed values, on a private server
#   make faults [KILLS=50] [SECONDS=300]    faults of the machine and of users, for long
#   make bench                              ratios against the machine's own BLAS
#   make bench-maps                         all feature maps and their rivals on real data
#   make bench-models [REV=commit]          models by name; beside those of an older revision
#   make bench-tables                       models by name and their rivals on ordinary tables
#   make bench-images                       images
#   make bench-metric                       the learned metric

# These start where no PostgreSQL is installed yet, so they know nothing of PGXS.
COMMANDS = demo check check-asan fuzz faults bench bench-maps bench-models bench-tables bench-images bench-metric

ifneq (,$(filter $(COMMANDS),$(MAKECMDGOALS)))

.PHONY: $(COMMANDS)
$(COMMANDS):
	tests/$@.sh
faults: export SECONDS_OF_CHAOS = $(or $(SECONDS),300)

else

EXTENSION = ntk_sketch
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" ntk_sketch.control)
SCRIPT = sql/ntk_sketch--$(EXTVERSION).sql

MODULE_big = ntk_sketch
OBJS = $(patsubst %.c,%.o,$(wildcard src/*/*/*.c))
DATA = $(SCRIPT)
REGRESS = $(patsubst expected/%.out,%,$(wildcard expected/*.out))

# The order in which the pieces of the install script build on each other.
PIECES = version type_map landmarks nystrom cntk_map kernel cntk_kernel sketch type_gram type_model \
	gram gram_map gram_sparse gram_class ridge predict metric agop metrics calibration \
	encoding role catalog methods params_table params search source model collect statistics sample map choose_target rounds \
	choose_map request fit compare serve survey train \
	predict_named schedule lifecycle refresh forget transfer evaluate importance learned views

# OpenBLAS is linked statically, and its symbols stay inside: whatever other BLAS a
# backend has loaded or the alternatives system points to, this one is serial.
OPENBLAS_DIR ?= $(dir $(firstword $(wildcard /usr/lib/*/openblas-serial/libopenblas.a)))
OPENBLAS_LIBS ?= -Wl,--exclude-libs,ALL $(OPENBLAS_DIR)libopenblas.a -lm

PG_CPPFLAGS = -Isrc -DNTK_SKETCH_VERSION='"$(EXTVERSION)"' \
	-isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS = -std=gnu11 -O3 -fvisibility=hidden -Wextra -Wno-declaration-after-statement $(WERROR)
SHLIB_LINK = $(OPENBLAS_LIBS)
EXTRA_CLEAN = sql/ntk_sketch--*.sql tests/unit/build tests/bench/build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
# Bitcode for inlining into queries would be of no use: the functions are large.
override with_llvm = no
include $(PGXS)

all: $(SCRIPT)

$(SCRIPT): $(PIECES:%=sql/ntk_sketch/%.sql) ntk_sketch.control
	cat $(filter %.sql,$^) > $@

$(OBJS): $(wildcard src/*/*/*.h) Makefile ntk_sketch.control

# Conditions that may not be evaluated early keep their loops from becoming vectors.
src/core/kernels/distance.o src/core/kernels/exponential.o: override CFLAGS += -fno-trapping-math

endif
