#!/usr/bin/env bash
# Test under slurm; GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS as in MMAction2:
#   GPUS=4 GPUS_PER_NODE=4 tools/slurm_test.sh PARTITION JOB CONFIG CHECKPOINT [arguments of test.py]
[[ $# -ge 4 ]] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
exec "$(dirname "$0")/slurm_run.sh" test "$1" "$2" "${@:3}"
