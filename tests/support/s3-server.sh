#!/bin/bash
# A real S3 server for tests: one Ceph monitor, one object store in memory and the S3 gateway, on loopback only.
# Usage: s3-server.sh FOLDER MON_PORT S3_PORT ACCESS_KEY SECRET_KEY
# Prints READY, then runs until its standard input is closed, which the kernel does however the parent ends.
set -euo pipefail
folder=$1 mon_port=$2 s3_port=$3 access_key=$4 secret_key=$5

stop() {
	trap - EXIT
	# The data is thrown away, so nothing needs to be flushed.
	kill -9 $(jobs -p) 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

mkdir -p "$folder"/{mon,osd,rgw,run,log}
cd "$folder"
fsid=$(cat /proc/sys/kernel/random/uuid)
cat >ceph.conf <<CONF
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$mon_port
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = $folder/run
admin socket = $folder/run/\$name.\$pid.asok
log file = $folder/log/\$name.log
crash dir = $folder/log
[mon.a]
mon data = $folder/mon
[osd.0]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
# Both would send a command before the monitor is known, which fails now and then on a busy machine ("wrong fsid").
osd crush update on start = false
osd class update on start = false
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$s3_port
rgw data = $folder/rgw
rgw thread pool size = 32
CONF
export CEPH_CONF=$folder/ceph.conf

monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon_port]" monmap >/dev/null
ceph-mon --mkfs -i a --monmap monmap
ceph-mon -f -i a &
osd_id=$(cat /proc/sys/kernel/random/uuid)
timeout 30 ceph osd new "$osd_id" >/dev/null
ceph-osd -i 0 --mkfs --osd-uuid "$osd_id"
timeout 30 ceph osd crush add osd.0 1.0 root=default host=localhost
ceph-osd -f -i 0 &
timeout 60 radosgw-admin -n client.rgw.a user create --uid=test --display-name=test \
	--access-key="$access_key" --secret-key="$secret_key" >/dev/null
radosgw -f -n client.rgw.a &
timeout 60 bash -c "until (exec 3<>/dev/tcp/127.0.0.1/$s3_port) 2>/dev/null; do sleep 0.1; done"
echo READY
cat >/dev/null
