"""The network of the demo and the system tests: namespaces, cables, addresses.

    client --[TAP sl-p0]-- card port 0          card port 1 --[TAP sl-p1]-- switch -- b1, b2, b3
       |                        \\__ punt __ sluiced, TAP sluice0 (namespace host)      |
       +---------------- direct cable, which bypasses the card -----------------------+

A TAP makes the kernel finish every checksum before the card sees a frame, as a NIC does.
"""

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import time

PREFIX = "sl-lab-"
CLIENT, HOST, SWITCH = PREFIX + "client", PREFIX + "host", PREFIX + "switch"
BACKENDS = {"b1": "10.2.0.11", "b2": "10.2.0.12", "b3": "10.2.0.13"}
NAMESPACES = [CLIENT, HOST, SWITCH, *(PREFIX + name for name in BACKENDS)]

CLIENT_TAP, SWITCH_TAP = "sl-p0", "sl-p1"
CARD_CLIENT_SIDE, CARD_BACKEND_SIDE = "10.1.0.1", "10.2.0.1"
CLIENT_ADDRESS, CLIENT_DIRECT = "10.1.0.10", "10.2.0.200"
VIP_NETWORK = "10.9.0.0/24"
DNAT_VIP, DSR_VIP, IPIP_VIP = "10.9.0.1", "10.9.0.2", "10.9.0.3"
DIRECT_TABLE = "100"
LOCK_FILE = "/run/lock/sluice-lab.lock"


class LabError(RuntimeError):
    """Something outside of Sluice is not as the lab needs it; the text says what."""


def run(*command, check=True, timeout_s=60):
    """Runs a command to its end and returns its output."""
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            timeout=timeout_s, stdin=subprocess.DEVNULL)
    if check and result.returncode != 0:
        raise LabError(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def inside(namespace, *command):
    """The command line that runs a command in a namespace."""
    return ("ip", "netns", "exec", namespace, *command)


def ip(namespace, words):
    run("ip", "-n", namespace, *words.split())


def ipv4_conf(namespace, device, **settings):
    """Settings of net.ipv4.conf.<device>."""
    pairs = [f"net/ipv4/conf/{device}/{name}={value}" for name, value in settings.items()]
    run(*inside(namespace, "sysctl", "-q", "-w", *pairs))


def wait_until(what, condition, timeout_s, interval_s=0.1):
    """Polls until the condition holds; a LabError names what did not happen."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(interval_s)
    raise LabError(f"{what} did not happen within {timeout_s} s")


def remove_leftovers():
    """Ends processes in namespaces of the lab's names and removes the namespaces. Repeatable."""
    for namespace in NAMESPACES:
        if not pathlib.Path("/run/netns", namespace).exists():
            continue
        for pid in run("ip", "netns", "pids", namespace, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", namespace, check=False)


class Lab:
    """`with Lab():` makes the network and removes it whatever happens."""

    def __enter__(self):
        if os.geteuid() != 0:
            raise LabError("network namespaces need root")
        self._lock = open(LOCK_FILE, "w", encoding="ascii")
        wait_until("the end of another demo or system test on this machine", self._try_lock, 120)
        remove_leftovers()
        try:
            self._build()
        except BaseException:
            remove_leftovers()
            raise
        return self

    def __exit__(self, *_):
        remove_leftovers()
        self._lock.close()

    def _try_lock(self):
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def _build(self):
        for namespace in NAMESPACES:
            run("ip", "netns", "add", namespace)
            ip(namespace, "link set lo up")
            run(*inside(namespace, "sysctl", "-q", "-w", "net/ipv6/conf/all/disable_ipv6=1",
                        "net/ipv6/conf/default/disable_ipv6=1"))
            ipv4_conf(namespace, "all", rp_filter=0)
            ipv4_conf(namespace, "default", rp_filter=0)
        ip(SWITCH, "link add br0 type bridge forward_delay 0 mcast_snooping 0")
        ip(SWITCH, "link set br0 up")
        for name, address in BACKENDS.items():
            self._plug_backend(name, address)
        self._cable(CLIENT, "direct", f"{CLIENT_DIRECT}/24")
        # The client must not say on the direct cable that it has its address of the other side.
        ipv4_conf(CLIENT, "all", arp_ignore=1, arp_announce=2)

    def _cable(self, namespace, port, address):
        """A cable from the namespace's eth0 to a port of the switch."""
        ip(SWITCH, f"link add {port} type veth peer name eth0 netns {namespace}")
        ip(SWITCH, f"link set {port} master br0 up")
        ip(namespace, f"address add {address} dev eth0")
        ip(namespace, "link set eth0 up")

    def _plug_backend(self, name, address):
        namespace = PREFIX + name
        self._cable(namespace, name, f"{address}/24")
        # Replies of the DNAT service come back through the card.
        ip(namespace, f"route add default via {CARD_BACKEND_SIDE}")
        # The backend owns the VIPs of DSR and IPIP, but never speaks ARP for them, and answers
        # the client over the direct cable.
        ipv4_conf(namespace, "all", arp_ignore=1, arp_announce=2)
        for vip in (DSR_VIP, IPIP_VIP):
            ip(namespace, f"address add {vip}/32 dev lo")
            ip(namespace, f"rule add from {vip} table {DIRECT_TABLE}")
        ip(namespace, f"route add default via {CLIENT_DIRECT} table {DIRECT_TABLE}")

    def plug_card(self):
        """After sluice-sim made its TAP devices: addresses and routes on them."""
        wait_until("the card's port 0", lambda: _has_device(CLIENT, CLIENT_TAP), 60)
        wait_until("the card's port 1", lambda: _has_device(SWITCH, SWITCH_TAP), 20)
        ip(CLIENT, f"address add {CLIENT_ADDRESS}/24 dev {CLIENT_TAP}")
        ip(CLIENT, f"link set {CLIENT_TAP} up")
        # 20 bytes of room for the outer header of IPIP.
        ip(CLIENT, f"route add {VIP_NETWORK} via {CARD_CLIENT_SIDE} advmss 1440")
        ip(SWITCH, f"link set {SWITCH_TAP} master br0 up")


def _has_device(namespace, device):
    return run("ip", "-n", namespace, "-o", "link", "show", device, check=False) != ""
