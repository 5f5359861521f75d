// Everything that can be wrong in a configuration: where the problem is said to be, what it is
// said to be, and what is said to write instead.
#include <algorithm>

#include "support.hpp"

namespace sluice::model {
namespace {

// kGoodConfig with `from` replaced by `to`, where '@' marks the place that must be reported.
struct WrongConfig {
  const char* name;
  const char* from;
  const char* to;
  const char* what;
  const char* hint;
};

std::ostream& operator<<(std::ostream& out, const WrongConfig& wrong) { return out << wrong.name; }

class ConfigError : public testing::TestWithParam<WrongConfig> {};

TEST_P(ConfigError, IsReportedOnceWithItsPlaceAndWhatToWriteInstead) {
  std::string text = replaced(kGoodConfig, GetParam().from, GetParam().to);
  const std::size_t mark = text.find('@');
  ASSERT_NE(mark, std::string::npos);
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(mark), '\n');
  const std::size_t line_start = mark == 0 ? 0 : text.rfind('\n', mark - 1) + 1;
  text.erase(mark, 1);

  const ReadConfig read = read_config(text, "lb.yaml");
  EXPECT_FALSE(read.config);
  ASSERT_EQ(read.problems.size(), 1u) << as_error(read.problems).what;
  const Problem& problem = read.problems[0];
  EXPECT_EQ(problem.file, "lb.yaml");
  EXPECT_EQ(problem.line, line) << problem.message();
  EXPECT_EQ(problem.column, mark - line_start + 1) << problem.message();
  EXPECT_NE(problem.what.find(GetParam().what), std::string::npos) << problem.message();
  EXPECT_NE(problem.hint.find(GetParam().hint), std::string::npos) << problem.message();
}

const WrongConfig kKeys[] = {
    {"UnknownTopKey", "services:", "@servces: []\nservices:", "unknown key 'servces'",
     "did you mean 'services'?"},
    {"UnknownBackendKey", "weight: 3", "@wieght: 3", "unknown key 'wieght' in a backend",
     "did you mean 'weight'?"},
    {"UnknownFarKey", "    hash: source", "    @colour: red", "unknown key 'colour' in a service",
     "known: name, vip, port, protocol, mode"},
    {"DoubleKey", "    mode: dnat", "    mode: dnat\n    @mode: dsr", "'mode' is given twice",
     "keep one"},
    {"KeyIsList", "    mode: dnat", "    mode: dnat\n    ? @[a]\n    : b", "is not a word",
     "write"},
    {"MissingVersion", "version: 1\n", "@", "no 'version'", "add 'version: 1'"},
    {"WrongVersion", "version: 1", "version: @2", "'2' cannot be 'version'", "from 1 to 1"},
    {"MissingVip", "  - name: web\n    vip: 192.0.2.100\n", "  - @name: web\n",
     "a service has no 'vip'", "add 'vip: 192.0.2.100'"},
    {"MissingMode", "name: web\n    vip: 192.0.2.100\n    port: 80\n    mode: dnat",
     "@name: web\n    vip: 192.0.2.100\n    port: 80", "has no 'mode'", "add 'mode: dnat'"},
    {"MissingBackendAddress", "{name: be2, address: 10.1.0.12, port: 8080, weight: 3}",
     "@{name: be2}", "a backend has no 'address'", "add 'address: 10.1.0.11'"},
    {"ServiceIsScalar", "  - name: files", "  - @hello\n  - name: files", "a service must be a map",
     "write keys and values"},
    {"PortsIsMap", "services:\n", "neighbors: @{a: b}\nservices:\n", "must be a list",
     "begin each element with '- '"},
    {"NameIsList", "name: web", "name: @[web]", "'name' is a list", "write one value"},
    {"NameIsEmpty", "    hash: source", "    check: {port: @}", "'port' is empty",
     "write one value after 'port:'"},
    {"CheckIsWord", "    hash: source", "    check: @yes", "a check must be a mapping", "type"},
};
INSTANTIATE_TEST_SUITE_P(Keys, ConfigError, testing::ValuesIn(kKeys),
                         [](const auto& wrong) { return wrong.param.name; });

const WrongConfig kValues[] = {
    {"Address", "address: 10.1.0.11, port", "address: @10.1.0.256, port", "'10.1.0.256'",
     "such as '10.0.0.1'"},
    {"AddressWithLength", "vip: 192.0.2.100", "vip: @192.0.2.100/32", "cannot be 'vip'",
     "without '/'"},
    {"GroupAddress", "vip: 192.0.2.100", "vip: @224.0.0.1", "cannot be 'vip'", "one host"},
    {"Loopback", "address: 10.1.0.12", "address: @127.0.0.1", "cannot be 'address'", "one host"},
    {"PortWithoutLength", "address: 10.1.0.1/24", "address: @10.1.0.1", "cannot be 'address'",
     "'10.1.0.1/24'"},
    {"PortIsNetwork", "address: 10.1.0.1/24", "address: @10.1.0.0/24", "of a port", "one host"},
    {"PortIsBroadcast", "address: 10.1.0.1/24", "address: @10.1.0.255/24", "of a port", "one host"},
    {"PortWide", "address: 10.1.0.1/24", "address: @10.1.0.1/7", "of a port", "8 to 32"},
    {"ZeroPort", "port: 80\n", "port: @0\n", "'0' cannot be 'port'", "from 1 to 65535"},
    {"LargePort", "port: 80\n", "port: @65536\n", "'65536'", "from 1 to 65535"},
    {"HugePort", "port: 80\n", "port: @99999999999999999999\n", "'99999", "from 1 to 65535"},
    {"NegativeWeight", "weight: 3", "weight: @-1", "'-1' cannot be 'weight'", "from 0 to 1000"},
    {"LargeWeight", "weight: 3", "weight: @1001", "'1001'", "from 0 to 1000"},
    {"PortWithZero", "port: 80\n", "port: @010\n", "'010' cannot be 'port'",
     "write it without zeros in front: '10'"},
    {"PortOfZeros", "port: 80\n", "port: @000\n", "'000'", "without zeros in front: '0'"},
    {"WeightWithZeros", "weight: 3", "weight: @0012", "'0012' cannot be 'weight'",
     "without zeros in front: '12'"},
    {"RingSlotsWithZero", "ring_slots: 251", "ring_slots: @0251", "'0251'", "in front: '251'"},
    {"VersionWithZero", "version: 1", "version: @01", "'01' cannot be 'version'", "in front: '1'"},
    {"HexPort", "port: 80\n", "port: @0x50\n", "'0x50' cannot be 'port'", "whole number"},
    {"OctalPort", "port: 80\n", "port: @0o120\n", "'0o120' cannot be 'port'", "whole number"},
    {"SignedPort", "port: 80\n", "port: @+80\n", "'+80' cannot be 'port'", "whole number"},
    {"PortWithUnderscore", "port: 443", "port: @4_43", "'4_43' cannot be 'port'", "whole number"},
    {"FloatPort", "port: 80\n", "port: @80.0\n", "'80.0' cannot be 'port'", "whole number"},
    {"ExponentPort", "port: 80\n", "port: @8e1\n", "'8e1' cannot be 'port'", "whole number"},
    {"IntervalWithZero", "    hash: source", "    check: {interval: @05s}", "'05s'",
     "without zeros in front: '5s'"},
    {"TimeoutWithZeros", "    hash: source", "    timeouts: {opening: @0010s}", "'0010s'",
     "without zeros in front: '10s'"},
    {"PrefixWithZero", "address: 10.1.0.1/24", "address: @10.1.0.1/024", "'10.1.0.1/024'",
     "as '10.0.0.1/24'"},
    {"FractionalWeight", "weight: 3", "weight: @1.5", "'1.5'", "whole number"},
    {"Mode", "mode: dsr", "mode: @drs", "'drs' cannot be 'mode' of a service",
     "did you mean 'dsr'?"},
    {"ModeFar", "mode: dsr", "mode: @tunnel", "'tunnel'", "write one of: dnat, dsr, ipip"},
    {"Protocol", "    hash: source", "    protocol: @sctp", "'sctp' cannot be 'protocol'", "tcp"},
    {"Scheduler", "    hash: source", "    scheduler: @fastest", "'fastest'",
     "write one of: maglev, hash, source, random, round_robin, weighted_round_robin, "
     "least_connections, weighted_least_connections, p2c, least_response_time"},
    {"SchedulerNear", "    hash: source", "    scheduler: @round_robbin", "'round_robbin'",
     "did you mean 'round_robin'?"},
    {"Connections", "    hash: source", "    connections: @no", "'no' cannot be 'connections'",
     "write true or false"},
    {"TimeoutTooShort", "    hash: source", "    timeouts: {closed: @1s}",
     "'1s' cannot be 'closed' of timeouts", "from '2s' to '86400s'"},
    {"TimeoutTooLong", "    hash: source", "    timeouts: {established: @1441m}", "'1441m'",
     "from '2s' to '86400s'"},
    {"TimeoutOfMilliseconds", "    hash: source", "    timeouts: {opening: @2500ms}", "'2500ms'",
     "whole seconds or minutes"},
    {"TimeoutWithoutUnit", "    hash: source", "    timeouts: {opening: @60}", "'60'",
     "write the unit too"},
    {"TimeoutHuge", "    hash: source", "    timeouts: {opening: @4294967295m}", "'4294967295m'",
     "from '2s' to '86400s'"},
    {"UnknownTimeout", "    hash: source", "    timeouts: {@half_close: 5s}",
     "unknown key 'half_close' in timeouts", "did you mean 'half_closed'?"},
    {"TimeoutsIsTime", "    hash: source", "    timeouts: @60s", "timeouts must be a mapping",
     "opening, established, half_closed, closed"},
    {"OnBackendDown", "    hash: source", "    on_backend_down: @mov", "'mov'",
     "did you mean 'move'?"},
    {"WhenTableFull", "    hash: source", "    when_table_full: @reject", "'reject'",
     "write one of: hash, drop"},
    {"SlowStart", "    hash: source", "    slow_start: @30", "'30' cannot be 'slow_start'",
     "'30ms' or '30s'"},
    {"Drain", "weight: 3", "drain: @1", "'1' cannot be 'drain' of a backend",
     "write true or false"},
    {"Hash", "hash: source", "hash: @sorce", "'sorce'", "did you mean 'source'?"},
    {"NameWithBlank", "name: web", "name: @my web", "'my web' cannot be 'name'",
     "A-Z a-z 0-9 _ . -"},
    {"NameAsOption", "name: web", "name: @-web", "'-web'", "not beginning with '-'"},
    {"NameEmpty", "name: web", "name: @''", "'' cannot be 'name'", "1 to 63"},
    {"Mac", "version: 1", "version: 1\nmac: @02:00:00:00:01", "cannot be 'mac'", "six bytes"},
    {"MacOfGroup", "version: 1", "version: 1\nmac: @01:00:5e:00:00:01", "cannot be 'mac'",
     "first byte even"},
    {"Mtu", "    gateway", "    mtu: @100\n    gateway", "'100'", "from 576 to 9198"},
    {"RingIsNoPrime", "ring_slots: 251", "ring_slots: @252", "252 is not a prime",
     "write 251 or 257"},
    {"RingTooLarge", "ring_slots: 251", "ring_slots: @65539", "'65539'", "from 2 to 65537"},
    {"TimeWithoutUnit", "    hash: source", "    check: {interval: @5}", "'5' cannot be 'interval'",
     "'5ms' or '5s'"},
    {"TimeOfOtherUnit", "    hash: source", "    check: {interval: @5h}", "'5h'", "at most 60m"},
    {"TimeOfZero", "    hash: source", "    check: {interval: @0s}", "'0s'", "such as '500ms'"},
    {"Rise", "    hash: source", "    check: {rise: @0}", "'0' cannot be 'rise'", "from 1 to 100"},
};
INSTANTIATE_TEST_SUITE_P(Values, ConfigError, testing::ValuesIn(kValues),
                         [](const auto& wrong) { return wrong.param.name; });

const WrongConfig kRules[] = {
    {"ServiceNameTwice", "name: files", "name: @web", "service name 'web' is taken", "line 9"},
    {"BackendNameTwice", "name: be2", "name: @be1", "backend name 'be1' is taken", "line 14"},
    {"PortNameTwice", "name: port1", "name: @port0", "port name 'port0' is taken", "line 3"},
    {"ServiceTwice", "    vip: 192.0.2.101\n    port: 443", "    vip: @192.0.2.100\n    port: 80",
     "192.0.2.100 port 80 tcp is another service", "line 10"},
    {"BackendTwice", "address: 10.1.0.12", "address: @10.1.0.11",
     "backend 10.1.0.11 port 8080 is in this service already", "use 'weight' for more"},
    {"WayBackIsAmbiguous",
     "mode: dsr\n    hash: source\n    ring_slots: 251\n    backends:\n"
     "      - {name: be1, address: 10.1.0.11}",
     "mode: dnat\n    backends:\n      - {name: be1, address: @10.1.0.11, port: 8080}",
     "10.1.0.11 port 8080 tcp is in DNAT service 'web' too (line 14): its answers could not be "
     "told apart",
     "another port for this service, or use mode dsr or ipip"},
    {"VipIsPort", "vip: 192.0.2.100", "vip: @192.0.2.1", "is a port's own address",
     "packets to a port's address go to the host"},
    {"VipIsBroadcast", "vip: 192.0.2.100", "vip: @192.0.2.255", "broadcast", "another address"},
    {"BackendIsVip", "address: 10.1.0.12", "address: @192.0.2.101", "192.0.2.101 is a VIP",
     "the backend's own address"},
    {"BackendIsPort", "address: 10.1.0.12", "address: @10.1.0.1", "is a port's own address",
     "the host is no backend"},
    {"BackendIsNetwork", "address: 10.1.0.12", "address: @10.1.0.0", "network or broadcast",
     "one host"},
    {"DsrBackendFarAway", "{name: be1, address: 10.1.0.11}", "{name: be1, address: @10.9.0.11}",
     "cannot be reached by DSR", "mode ipip"},
    {"DsrBackendVia", "{name: be1, address: 10.1.0.11}",
     "{name: be1, address: 10.1.0.11, via: @10.1.0.9}", "cannot be reached by DSR",
     "without 'via'"},
    {"DsrBackendPort", "{name: be1, address: 10.1.0.11}",
     "{name: be1, address: 10.1.0.11, port: @8443}", "cannot differ from the service's in mode dsr",
     "remove it, or use mode dnat"},
    {"ViaFarAway", "port: 8080, weight: 3", "port: 8080, via: @172.16.0.1",
     "'via' that is no other host", "router"},
    {"ViaIsPort", "port: 8080, weight: 3", "port: 8080, via: @10.1.0.1",
     "'via' that is no other host", "router"},
    {"ClientsViaFarAway", "    mode: dnat", "    mode: dnat\n    clients_via: @172.16.0.1",
     "no other host in a port's network", "router or client"},
    {"ClientsViaInDsr", "    mode: dsr", "    mode: dsr\n    clients_via: @192.0.2.254",
     "'clients_via' has no use in mode dsr", "remove it"},
    {"ClientPortUnknown", "    mode: dnat", "    mode: dnat\n    client_ports: [port0, @outside]",
     "there is no port 'outside'", "write 'port0' or 'port1'"},
    {"ClientPortTwice", "    mode: dnat", "    mode: dnat\n    client_ports: [port0, @port0]",
     "port 'port0' is in 'client_ports' twice", "remove it here"},
    {"ClientPortsEmpty", "    mode: dnat", "    mode: dnat\n    client_ports: @[]",
     "'client_ports' names no port", "write 'port0' or 'port1', or remove the key"},
    {"ClientPortsNoList", "    mode: dnat", "    mode: dnat\n    client_ports: @port0",
     "'client_ports' of a service must be a list", "begin each element"},
    {"ClientPortNoName", "    mode: dnat", "    mode: dnat\n    client_ports: [@{name: port0}]",
     "is no name of a port", "list names"},
    {"VipOfNoService", "services:\n",
     "vips: [{address: @192.0.2.102, unserved: host}]\nservices:\n",
     "no service has VIP 192.0.2.102", "write the VIP of a service"},
    {"VipPolicyTwice", "services:\n",
     "vips:\n  - {address: 192.0.2.101, unserved: host}\n"
     "  - {address: @192.0.2.101, unserved: drop}\nservices:\n",
     "VIP 192.0.2.101 is in 'vips' twice", "the one in line"},
    {"VipWithoutPolicy", "services:\n", "vips: [@{address: 192.0.2.101}]\nservices:\n",
     "'unserved'", "drop"},
    {"UnservedUnknown", "services:\n", "unserved: @refuse\nservices:\n", "'refuse'", "reject"},
    {"NoWayBack",
     "    gateway: 192.0.2.254\n  - name: port1\n    address: 10.1.0.1/24\n"
     "services:\n  - name: web\n    vip: 192",
     "  - name: port1\n    address: 10.1.0.1/24\nservices:\n  - name: web\n    vip: @192",
     "the way back to this service's clients is not known", "a gateway to port 'port0'"},
    {"BackendWithTwoGateways",
     "address: 10.1.0.1/24\nservices:\n  - name: web\n    vip: 192.0.2.100\n    port: 80\n"
     "    mode: dnat\n    backends:\n      - {name: be1, address: 10.1.0.11",
     "address: 10.1.0.1/24\n    gateway: 10.1.0.254\nservices:\n  - name: web\n"
     "    vip: 192.0.2.100\n    port: 80\n    mode: dnat\n    backends:\n"
     "      - {name: be1, address: @10.9.0.11",
     "its next hop is not known", "add 'via: ADDRESS'"},
    {"GatewayFarAway", "gateway: 192.0.2.254", "gateway: @192.0.3.254",
     "is no host in the port's network 192.0.2.1/24", "a router in that network"},
    {"GatewayIsPort", "gateway: 192.0.2.254", "gateway: @192.0.2.1", "is the port itself",
     "the router"},
    {"PortsOverlap", "address: 10.1.0.1/24", "address: @192.0.2.200/25",
     "192.0.2.1/24 and 192.0.2.200/25 overlap", "a network of its own"},
    {"ThreePorts", "services:\n", "  - @name: port2\n    address: 10.2.0.1/24\nservices:\n",
     "too many ports", "remove ports"},
    {"GatewayIsVip", "gateway: 192.0.2.254", "gateway: @192.0.2.101",
     "gateway 192.0.2.101 is a VIP", "the card alone answers for VIPs"},
    {"ViaIsVip", "port: 8080, weight: 3", "port: 8080, via: @192.0.2.101",
     "via 192.0.2.101 is a VIP", "another machine's own address"},
    {"ClientsViaIsVip", "    mode: dnat", "    mode: dnat\n    clients_via: @192.0.2.101",
     "clients_via 192.0.2.101 is a VIP", "another machine's own address"},
    {"NeighborIsVip", "services:\n",
     "neighbors: [{address: @192.0.2.101, mac: 02:00:00:00:00:01}]\nservices:\n",
     "neighbor 192.0.2.101 is a VIP", "another machine's own address"},
    {"NeighborFarAway", "services:\n",
     "neighbors: [{address: @10.9.9.9, mac: 02:00:00:00:00:01}]\nservices:\n",
     "neighbor 10.9.9.9 is no other host", "correct"},
    {"NeighborTwice", "services:\n",
     "neighbors:\n- {address: 10.1.0.9, mac: 02:00:00:00:00:01}\n"
     "- {address: @10.1.0.9, mac: 02:00:00:00:00:02}\nservices:\n",
     "neighbor 10.1.0.9 is given twice", "line 9"},
    {"TimeoutBeyondInterval", "    hash: source", "    check: {interval: 1s, timeout: @2s}",
     "timeout of 2000 ms is longer than its interval of 1000 ms", "shorten"},
    {"UdpCheckWithoutPort", "    hash: source", "    protocol: udp\n    check: {type: @tcp}",
     "a TCP check of a UDP service", "'port: N'"},
    {"HashOfOtherScheduler", "    hash: source", "    scheduler: hash\n    hash: @source",
     "'hash: source' is not what scheduler 'hash' hashes", "write 'scheduler: source'"},
    {"HashOfSourceScheduler", "    hash: source", "    scheduler: sh\n    hash: @tuple",
     "'hash: tuple' is not what scheduler 'source' hashes", "write 'scheduler: hash'"},
    {"SchedulerWithoutConnections", "    hash: source",
     "    scheduler: wrr\n    connections: @false",
     "scheduler 'weighted_round_robin' needs the card to remember connections",
     "use scheduler maglev, hash or source"},
    {"TimeoutsWithoutConnections", "    hash: source",
     "    connections: false\n    timeouts: @{opening: 5s}",
     "'timeouts' has no use without connections", "remove it, or 'connections: false'"},
    {"PolicyWithoutConnections", "    hash: source",
     "    connections: false\n    when_table_full: @drop",
     "'when_table_full' has no use without connections", "remove it"},
    {"DownPolicyWithoutConnections", "    hash: source",
     "    connections: false\n    on_backend_down: @move",
     "'on_backend_down' has no use without connections", "remove it"},
    {"OpeningOfUdp", "    hash: source", "    protocol: udp\n    timeouts: {opening: @5s}",
     "'opening' has no use in a UDP service", "write 'established'"},
    {"RemovedOfUdp", "    hash: source", "    protocol: udp\n    on_backend_removed: @reset",
     "a client cannot be told by UDP that its backend is taken out", "'on_backend_removed: move'"},
    {"OnBackendRemoved", "    hash: source", "    on_backend_removed: @kep", "'kep'",
     "did you mean 'keep'?"},
    {"OnBackendRemovedWithoutConnections", "    hash: source",
     "    connections: false\n    on_backend_removed: @move",
     "'on_backend_removed' has no use without connections", "remove it"},
    {"ResetOfUdp", "    hash: source", "    protocol: udp\n    on_backend_down: @reset",
     "a client cannot be told by UDP", "'on_backend_down: move' or 'on_backend_down: keep'"},
    {"NoResponseTimes", "    hash: source", "    scheduler: @least_response_time\n    check: none",
     "no response times here: the card sees no handshake by mode dsr", "add a check"},
    {"NoResponseTimesOfUdp", "    hash: source",
     "    scheduler: @least_response_time\n    protocol: udp",
     "no response times here: the card sees no handshake by UDP", "weighted_least_connections"},
    {"PersistenceWithoutConnections", "    hash: source",
     "    connections: false\n    persistence: @300s",
     "'persistence' has no use without connections", "remove it"},
    {"ShortPersistence", "    hash: source", "    persistence: @1s", "'persistence' is too short",
     "2s to 86400s"},
    {"PersistenceWithoutUnit", "    hash: source", "    persistence: @300",
     "'300' cannot be 'persistence'", "write the unit too: '300s' or '300m'"},
    {"PersistenceInHours", "    hash: source", "    persistence: @2h",
     "'2h' cannot be 'persistence'", "write whole seconds or minutes"},
    {"TimeoutInMilliseconds", "    hash: source", "    timeouts: {closed: @5000ms}",
     "'5000ms' cannot be 'closed'", "write whole seconds or minutes"},
    {"PersistenceShorterThanOpening", "    hash: source", "    persistence: @30s",
     "shorter than the time-out 'opening'", "write 60s or more"},
    {"ResponseTimesWithoutCheck", "    mode: dsr\n    hash: source",
     "    mode: dnat\n    clients_via: 10.1.0.9\n    scheduler: @least_response_time\n    check: "
     "none",
     "never answers", "add a check"},
    {"RandomWithoutMemory", "    hash: source", "    scheduler: random\n    when_table_full: @hash",
     "scheduler random needs a connection remembered", "write 'drop'"},
    {"RingTooSmall", "ring_slots: 251\n    backends:",
     "ring_slots: @2\n    backends:\n      - {name: a, address: 10.1.0.21}\n"
     "      - {name: b, address: 10.1.0.22}",
     "too small for 3 backends", "100 slots a backend"},
};
INSTANTIATE_TEST_SUITE_P(Rules, ConfigError, testing::ValuesIn(kRules),
                         [](const auto& wrong) { return wrong.param.name; });

const WrongConfig kNotYaml[] = {
    {"OpenBracket", "{name: be1, address: 10.1.0.11}\n", "{name: be1, address: 10.1.0.11\n@",
     "not YAML", "brackets"},
    {"Indentation", "    gateway: 192.0.2.254", "   @gateway: 192.0.2.254", "not YAML",
     "indentation"},
    {"UndefinedAlias", "vip: 192.0.2.100", "vip: @*nowhere", "not YAML", "mind"},
    {"ControlByte", "mode: dsr", "mode: @\x01", "the file is not text: byte 1", "UTF-8"},
    {"BrokenUtf8", "mode: dsr", "mode: @\xc3(", "the file is not text: byte 195", "UTF-8"},
    {"OverlongUtf8", "mode: dsr", "mode: @\xc0\x80", "the file is not text: byte 192", "UTF-8"},
    {"Utf16Surrogate", "mode: dsr", "mode: @\xed\xa0\x80", "the file is not text: byte 237",
     "UTF-8"},
    {"SecondDocument", "ring_slots: 251\n    backends:\n      - {name: be1, address: 10.1.0.11}\n",
     "ring_slots: 251\n    backends:\n      - {name: be1, address: 10.1.0.11}\n@---\na: b\n",
     "more than one document", "remove the line '---'"},
    {"StrayBracket", "mode: dsr", "mode: dsr\n@]", "not YAML", "brackets"},
    {"StrayComma", "version: 1\n", "@,\nversion: 1\n", "not YAML", "brackets"},
};
INSTANTIATE_TEST_SUITE_P(NotYaml, ConfigError, testing::ValuesIn(kNotYaml),
                         [](const auto& wrong) { return wrong.param.name; });

TEST(ConfigErrors, AreAllReportedInOneGoAndInTheOrderOfTheText) {
  std::string text = replaced(kGoodConfig, "port: 80\n", "port: 0\n");
  text = replaced(text, "mode: dsr", "mode: drs");
  text = replaced(text, "weight: 3", "weight: 3000");
  text = replaced(text, "gateway: 192.0.2.254", "gatewy: 192.0.2.254");
  const ReadConfig read = read_config(text, "lb.yaml");
  std::vector<unsigned> lines;
  for (const Problem& problem : read.problems) lines.push_back(problem.line);
  // Without its gateway, the DNAT service lacks a way back too: said where the VIP is.
  EXPECT_EQ(lines, (std::vector<unsigned>{5, 10, 11, 15, 19})) << as_error(read.problems).what;
}

TEST(ConfigErrors, AreBoundedInNumber) {
  std::string text = "version: 1\n";
  for (int i = 0; i < 1000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(read_config(text, "lb.yaml").problems.size(), kMaxProblems);
}

TEST(ConfigErrors, OfTextsThatAreNoConfigurationAreOneProblem) {
  const std::string texts[] = {"",
                               "\n\n# only a comment\n",
                               "null",
                               "just words",
                               "- a\n- list\n",
                               "42",
                               "\xff\xfe\x00x",
                               std::string("a\0b", 3),
                               "{",
                               "]",
                               "&a [*a]",
                               std::string(100000, '['),
                               std::string(100000, '{'),
                               "? ? ? ?",
                               "%YAML 9.9\n---\na: b",
                               "!!binary x"};
  for (const std::string& text : texts) {
    const ReadConfig read = read_config(text, "lb.yaml");
    EXPECT_FALSE(read.config) << text.substr(0, 20);
    EXPECT_GE(read.problems.size(), 1u) << text.substr(0, 20);
  }
}

TEST(ConfigErrors, ShowOddWordsFitForATerminal) {
  const ReadConfig read =
      read_config(replaced(kGoodConfig, "name: web", "name: \"a\\e[31mred\\n\""), "lb.yaml");
  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_NE(read.problems[0].what.find("'a?[31mred?'"), std::string::npos) << read.problems[0].what;
}

TEST(ConfigErrors, DoNotTakeForeverWhenAliasesMakeMillionsOfBackends) {
  std::string text = "version: 1\nports: [{name: p, address: 10.0.0.1/8}]\nservices:\n";
  text +=
      "- &s {name: s, vip: 192.0.2.7, port: 1, mode: dsr, backends: [&b {name: b, address: "
      "10.1.0.1}";
  for (int i = 0; i < 50'000; ++i) text += ", *b";
  text += "]}\n";
  for (int i = 0; i < 50'000; ++i) text += "- *s\n";
  const ReadConfig read = read_config(text, "lb.yaml");
  EXPECT_FALSE(read.config);
  EXPECT_EQ(read.problems.size(), kMaxProblems);
}

TEST(Config, MayHoldAnyUtf8) {
  const Config config =
      good_config(replaced(kGoodConfig, "services:\n",
                           "hash_seed: \"schl\xc3\xbcssel \xe2\x82\xac \xf0\x9f\x94\x91\"\n"
                           "services:  # \xc3\xa4\n"));
  EXPECT_EQ(config.hash_seed, "schl\xc3\xbcssel \xe2\x82\xac \xf0\x9f\x94\x91");
}

TEST(ConfigErrors, SayThatAFileIsTooLarge) {
  const ReadConfig read = read_config(std::string(9u << 20, ' '), "lb.yaml");
  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_NE(read.problems[0].what.find("8 MiB"), std::string::npos);
}

std::string services(unsigned count, unsigned backends, unsigned ring_slots) {
  std::string text = "version: 1\nports: [{name: p, address: 10.0.0.1/8}]\nring_slots: " +
                     std::to_string(ring_slots) + "\nservices:\n";
  for (unsigned i = 0; i < count; ++i) {
    text += "- name: s" + std::to_string(i) +
            "\n  vip: 192.0.2.7\n  port: " + std::to_string(i + 1) + "\n  mode: dsr\n  backends:\n";
    for (unsigned k = 0; k < backends; ++k) {
      text += "  - {name: b" + std::to_string(k) + ", address: 10.1." + std::to_string(k / 200) +
              "." + std::to_string(k % 200 + 1) + "}\n";
    }
    if (backends == 0) text.insert(text.size() - 1, " []");
  }
  return text;
}

TEST(ConfigLimits, AreReachedWithoutProblem) {
  const Config config = good_config(services(1024, 4, 509));
  EXPECT_EQ(config.services.size(), 1024u);
  EXPECT_EQ(good_config(services(1, 4096, 65537)).services[0].backends.size(), 4096u);
}

TEST(ConfigLimits, OfBackendsThatAreComparedIsReportedAtTheFirstBeyondIt) {
  const std::string text =
      replaced(services(1, 65, 251), "  mode: dsr", "  mode: dsr\n  scheduler: lc");
  const ReadConfig read = read_config(text, "lb.yaml");
  ASSERT_EQ(read.problems.size(), 1u) << as_error(read.problems).what;
  EXPECT_EQ(read.problems[0].line, 10u + 65u);
  EXPECT_NE(read.problems[0].what.find("'least_connections' compares at most 64 backends"),
            std::string::npos)
      << read.problems[0].what;
  EXPECT_NE(read.problems[0].hint.find("p2c"), std::string::npos) << read.problems[0].hint;
  good_config(replaced(services(1, 64, 251), "  mode: dsr", "  mode: dsr\n  scheduler: lc"));
  good_config(replaced(services(1, 65, 251), "  mode: dsr", "  mode: dsr\n  scheduler: p2c"));
}

struct Limit {
  const char* name;
  unsigned services;
  unsigned backends;
  unsigned ring_slots;
  unsigned line;
  const char* what;
  const char* hint;
};
std::ostream& operator<<(std::ostream& out, const Limit& limit) { return out << limit.name; }

class ConfigLimit : public testing::TestWithParam<Limit> {};

TEST_P(ConfigLimit, IsReportedWhereItIsPassed) {
  const auto& limit = GetParam();
  const ReadConfig read =
      read_config(services(limit.services, limit.backends, limit.ring_slots), "lb.yaml");
  ASSERT_EQ(read.problems.size(), 1u) << as_error(read.problems).what;
  EXPECT_EQ(read.problems[0].line, limit.line);
  EXPECT_NE(read.problems[0].what.find(limit.what), std::string::npos) << read.problems[0].what;
  EXPECT_NE(read.problems[0].hint.find(limit.hint), std::string::npos) << read.problems[0].hint;
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigLimit,
    testing::Values(
        Limit{"Services", 1025, 0, 2, 5 + 1024 * 5, "too many services", "second card"},
        Limit{"Backends", 41, 100, 251, 5 + 40 * 105 + 5 + 96, "too many backends", "second card"},
        Limit{"RingSlots", 129, 1, 4093, 5 + 128 * 6, "524288 slots", "'ring_slots: 4057'"},
        Limit{"DefaultIsNoPrime", 3, 1, 4094, 3, "4094 is not a prime", "write 4093 or 4099"}),
    [](const auto& limit) { return limit.param.name; });

}  // namespace
}  // namespace sluice::model
