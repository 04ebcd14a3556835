#!/bin/sh
# One S3 server for tests: Ceph's RADOS gateway over one monitor and one in-memory storage daemon, on loopback only.
#
#   ceph-rgw.sh start FOLDER PORT MON_PORT   starts it in FOLDER (emptied first) and makes the user $S3_ACCESS_KEY / $S3_SECRET_KEY
#   ceph-rgw.sh stop FOLDER                  ends the processes whose ids are in FOLDER
#
# Needs the Debian packages radosgw, ceph-mon, ceph-osd and ceph-common; no systemd, no manager daemon, nothing on disk but logs.
set -eu

action=${1:?start or stop}
folder=${2:?a folder for configuration, logs and process ids}

stop() {
  for daemon in client.rgw.test osd.0 mon.a; do
    [ -s "$folder/$daemon.pid" ] || continue
    pid=$(cat "$folder/$daemon.pid")
    kill "$pid" 2>/dev/null || continue
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
      tries=$((tries + 1))
      if [ "$tries" -ge 50 ]; then kill -9 "$pid" 2>/dev/null || true; break; fi
      sleep 0.1
    done
    rm -f "$folder/$daemon.pid"
  done
}

if [ "$action" = stop ]; then stop; exit 0; fi
[ "$action" = start ] || { echo "ceph-rgw.sh: start or stop, not $action" >&2; exit 2; }

port=${3:?a port for S3}
mon_port=${4:?a port for the monitor}
access_key=${S3_ACCESS_KEY:?an access key}
secret_key=${S3_SECRET_KEY:?a secret key}

mkdir -p "$folder"
stop
rm -rf "$folder"
mkdir -p "$folder/mon" "$folder/osd.0" "$folder/rgw" "$folder/log" "$folder/asok"
fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)

# Pools of one copy on one daemon: what a cluster warns of, and a test wants. tcp_nodelay takes a small GET from 44 ms to 3 ms.
# A storage daemon that tells the monitor its class or place while starting may do so before it knows the monitor's fsid, and
# dies of "wrong fsid" (4 starts of 7): it is told not to, its place is given below.
cat > "$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_initial_members = a
mon_host = v1:127.0.0.1:$mon_port
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
mon_data = $folder/mon
osd_data = $folder/osd.\$id
rgw_data = $folder/rgw
run_dir = $folder
pid_file = $folder/\$name.pid
log_file = $folder/log/\$name.log
admin_socket = $folder/asok/\$name.asok
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
osd_class_update_on_start = false
osd_crush_update_on_start = false
memstore_device_bytes = 1073741824
osd_memory_target = 939524096
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_dynamic_resharding = false
rgw_enable_apis = s3, admin
CONF
export CEPH_CONF="$folder/ceph.conf"

ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon_port]" "$folder/monmap"
ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
ceph-mon -i a
ceph --connect-timeout 20 osd new "$osd"
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph --connect-timeout 20 osd crush add osd.0 1.0 host=here root=default
ceph-osd -i 0
radosgw -n client.rgw.test
timeout 60 radosgw-admin -n client.rgw.test user create --uid test --display-name test \
  --access-key "$access_key" --secret-key "$secret_key"
