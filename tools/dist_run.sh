#!/usr/bin/env bash
# What dist_train.sh and dist_test.sh share: dist_run.sh TOOL PROCESSES [arguments of the tool].
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=$1
PROCESSES=$2
if [[ ! $PROCESSES =~ ^[1-9][0-9]*$ ]]; then
    echo "error: the number of processes is '$PROCESSES'; see the head of tools/dist_${TOOL}.sh" >&2
    exit 2
fi

if [[ -z ${PORT:-} && ${NNODES:-1} == 1 ]]; then
    RENDEZVOUS=(--standalone)  # a free port, so that two jobs can share a machine
else
    RENDEZVOUS=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
                --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
fi
export PYTHONPATH="$HERE/..${PYTHONPATH:+:$PYTHONPATH}"
# The processes share the cores; torchrun would say so in a warning.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
exec "${PYTHON:-python}" -m torch.distributed.run "${RENDEZVOUS[@]}" \
    --nproc_per_node="$PROCESSES" "$HERE/$TOOL.py" "${@:3}" --launcher pytorch
