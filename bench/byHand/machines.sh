#!/bin/bash
# The reference: a lab's network and virtual machines, from definitions and seeds that a user
# would have written before.
# DEFINITIONS contains NODE-seed.iso, and after learn also network.xml and NODE.xml for each node.
# usage: machines.sh learn|make DEFINITIONS IMAGE COPY POOL NETWORK [NODE DOMAIN DISK-BYTES] ...
#   learn  copies libvirt's definitions of a running lab
#   make   creates and starts identical machines; copies the file IMAGE to COPY in POOL
set -euo pipefail
verb=$1 definitions=$2 image=$3 copy=$4 pool=$5 network=$6; shift 6
export LIBVIRT_DEFAULT_URI=qemu:///system

case $verb in
  learn)
    virsh net-dumpxml --inactive "$network" >"$definitions/network.xml"
    while (($#)); do
      virsh dumpxml --inactive "$2" >"$definitions/$1.xml"
      shift 3
    done
    ;;
  make)
    virsh --quiet net-define "$definitions/network.xml"
    virsh --quiet net-start "$network"
    mkdir --parents "$pool"
    cp "$image" "$pool/$copy"
    while (($#)); do
      qemu-img create -q -f qcow2 -F qcow2 -b "$pool/$copy" "$pool/$1.qcow2" "$3"
      cp "$definitions/$1-seed.iso" "$pool/"
      virsh --quiet create "$definitions/$1.xml"
      shift 3
    done
    ;;
esac
