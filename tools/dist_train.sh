#!/usr/bin/env bash
# Train on several GPUs, or on several CPU processes where there is none:
#   tools/dist_train.sh CONFIG PROCESSES [arguments of train.py]
#   tools/dist_train.sh configs/ous_dfew.py 4
# Several machines, one line on each: NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 PORT=29500 tools/...
[[ $# -ge 2 ]] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
exec "$(dirname "$0")/dist_run.sh" train "$2" "$1" "${@:3}"
