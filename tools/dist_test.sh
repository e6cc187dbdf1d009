#!/usr/bin/env bash
# Test on several GPUs, or on several CPU processes where there is none:
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of test.py]
#   tools/dist_test.sh configs/ous_dfew.py work_dirs/ous_dfew_fold1/epoch_60.pth 4
# Several machines, one line on each: NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 PORT=29500 tools/...
[[ $# -ge 3 ]] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
exec "$(dirname "$0")/dist_run.sh" test "$3" "$1" "$2" "${@:4}"
