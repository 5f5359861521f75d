// The card's registers: 32-bit, little-endian, behind AXI-Lite. Reads never change anything.
#pragma once

#include <cstdint>

// REGISTER(offset, name, access, "meaning")   access: ro | rw | wo
#define SLUICE_REGISTERS(REGISTER)                                                                 \
  REGISTER(0x000, magic, ro, "0x534c5549, 'SLUI'")                                                 \
  REGISTER(0x004, abi_version, ro, "major in 31:16, minor in 15:0")                                \
  REGISTER(0x008, build_id, ro, "first 32 bits of the source revision")                            \
  REGISTER(0x00c, layout_hash, ro, "hash of the layouts this card was built from")                 \
  REGISTER(0x010, cap_ports, ro, "network ports")                                                  \
  REGISTER(0x014, cap_services, ro, "services")                                                    \
  REGISTER(0x018, cap_backends, ro, "backends")                                                    \
  REGISTER(0x01c, cap_ring_slots, ro, "Maglev slots")                                              \
  REGISTER(0x020, scratch, rw, "free for the host: write/read test")                               \
  REGISTER(0x024, status, ro,                                                                      \
           "bit 0 idle (no packet inside), 1 commit busy, 2 snapshot busy, 3 live bank, 4 list "   \
           "of writes busy, 5 the last list failed")                                               \
  REGISTER(0x028, control, wo,                                                                     \
           "bit 0 commit: flip the banks (waits for the commit before; SLVERR and nothing done "   \
           "while list busy); bit 1 snapshot: freeze "                                             \
           "counters (SLVERR and nothing done while snapshot busy); bit 2 run the list of "        \
           "writes (SLVERR and nothing done while list busy, or if it is too long or misplaced)")  \
  REGISTER(0x02c, clock_khz, ro, "nominal clock in kHz")                                           \
  REGISTER(0x030, tick, ro, "ticks since reset (wraps)")                                           \
  REGISTER(0x034, tick_hz, ro, "ticks a second")                                                   \
  REGISTER(0x038, commits, ro, "commits since reset (wraps)")                                      \
  REGISTER(0x03c, in_flight, ro, "packets inside the card now, counted where they are held")       \
  REGISTER(0x040, table_page, rw,                                                                  \
           "what the table window shows: table id 31:24, live bank 23 (else shadow), entry 19:0")  \
  REGISTER(0x044, config_id_lo, rw, "free for the host: identity of the loaded configuration")     \
  REGISTER(0x048, config_id_hi, rw, "free for the host: identity of the loaded configuration")     \
  REGISTER(0x04c, punt_asked_lost, ro,                                                             \
           "frames that the host asked for and that found the mailbox full, since reset: of port " \
           "0 in 15:0, of port 1 in 31:16 (each wraps)")                                           \
  REGISTER(0x050, punt_status, ro, "frames waiting for the host")                                  \
  REGISTER(0x054, punt_pop, wo, "any value: drop the frame shown in the punt window")              \
  REGISTER(0x058, inject_status, ro, "free slots for frames from the host")                        \
  REGISTER(0x05c, inject_send, wo,                                                                 \
           "port in 17:16, bytes in 15:0: send what the window holds (SLVERR if no slot is free; " \
           "14 to 2044 bytes, else inject_bad; padded to 60)")                                     \
  REGISTER(0x060, cycles_lo, ro, "clock cycles since reset, low word (read hi, lo, hi)")           \
  REGISTER(0x064, cycles_hi, ro, "clock cycles since reset, high word")                            \
  REGISTER(0x068, list_addr_lo, rw,                                                                \
           "where the list of writes begins in the board's memory, low word: a multiple of 1,024 " \
           "bytes, no 4 GiB boundary inside; an entry is a register's address, 32 bits, and the "  \
           "data, 32 bits")                                                                        \
  REGISTER(0x06c, list_addr_hi, rw, "where the list of writes begins, high word")                  \
  REGISTER(0x070, list_writes, rw, "writes in the list")                                           \
  REGISTER(0x074, list_done, ro, "writes of the last list made so far; it ends at a refused one")  \
  REGISTER(0x078, cap_list_writes, ro, "longest list; 0: no memory, no lists")                     \
  REGISTER(0x07c, refused, ro,                                                                     \
           "the host's writes refused since reset, in 15:0 (wraps): for links that do not carry "  \
           "SLVERR")                                                                               \
  REGISTER(0x100, conn_round_key0, wo,                                                             \
           "secret of the connection table: round key 0, 30 bits; write while it is empty")        \
  REGISTER(0x104, conn_round_key1, wo,                                                             \
           "secret of the connection table: round key 1, 30 bits; write while it is empty")        \
  REGISTER(0x108, conn_round_key2, wo,                                                             \
           "secret of the connection table: round key 2, 30 bits; write while it is empty")        \
  REGISTER(0x10c, conn_round_key3, wo,                                                             \
           "secret of the connection table: round key 3, 30 bits; write while it is empty")        \
  REGISTER(0x110, conn_round_key4, wo,                                                             \
           "secret of the connection table: round key 4, 30 bits; write while it is empty")        \
  REGISTER(0x114, conn_round_key5, wo,                                                             \
           "secret of the connection table: round key 5, 30 bits; write while it is empty")        \
  REGISTER(0x118, conn_round_key6, wo,                                                             \
           "secret of the connection table: round key 6, 30 bits; write while it is empty")        \
  REGISTER(0x11c, conn_round_key7, wo,                                                             \
           "secret of the connection table: round key 7, 30 bits; write while it is empty")        \
  REGISTER(0x120, conn_round_key8, wo,                                                             \
           "secret of the connection table: round key 8, 30 bits; write while it is empty")        \
  REGISTER(0x124, conn_round_key9, wo,                                                             \
           "secret of the connection table: round key 9, 30 bits; write while it is empty")        \
  REGISTER(0x128, conn_round_key10, wo,                                                            \
           "secret of the connection table: round key 10, 30 bits; write while it is empty")       \
  REGISTER(0x12c, conn_round_key11, wo,                                                            \
           "secret of the connection table: round key 11, 30 bits; write while it is empty")       \
  REGISTER(0x130, conn_control, wo,                                                                \
           "bit 0 flush: forget all connections; bit 1 the table is in use from now on (after a "  \
           "flush; a reset ends it); bit 2 alone forget the connections of the service in "        \
           "conn_place (SLVERR and nothing done while that is under way or the table not in use)") \
  REGISTER(                                                                                        \
      0x134, conn_status, ro,                                                                      \
      "bit 0 in use, 1 flush under way, or counts being cleared after a reset, 2 operation "       \
      "waits, 3 read under way, 4 the last "                                                       \
      "operation met an entry, 5 it was stored, 6 a service's connections are being forgotten")    \
  REGISTER(0x138, conn_epoch_ticks, rw, "ticks an epoch, 15:0; 0 stops the epochs")                \
  REGISTER(0x13c, conn_epoch, ro, "epoch, 17 bits")                                                \
  REGISTER(0x140, conn_client, rw, "operation: the client's address")                              \
  REGISTER(0x144, conn_place, rw,                                                                  \
           "operation: the client's port in 31:16, the service's index in 11:0")                   \
  REGISTER(0x148, conn_entry, rw,                                                                  \
           "operation: state in 31:29, backend in 28:17, epochs left in 16:0")                     \
  REGISTER(0x14c, conn_references, rw,                                                             \
           "operation: the backend's reference in 31:16, the client's in 15:0")                    \
  REGISTER(0x150, conn_do, wo,                                                                     \
           "1: restore the entry of the four registers above; 2: remove it. Waits for the one "    \
           "before; SLVERR and nothing done while the table is not in use")                        \
  REGISTER(0x154, conn_read, wo,                                                                   \
           "shows a bucket in the window connections, 16 slots: the first one from this number "   \
           "on that holds a connection, or the last one of its block of 1,024; or 65,536 and "     \
           "65,537 for the stash. SLVERR and nothing done while a read is under way")              \
  REGISTER(0x158, conn_live, ro,                                                                   \
           "what conn_read shows: slots that hold a connection in 15:0, the bucket (not of the "   \
           "stash) in 31:16")                                                                      \
  REGISTER(0x15c, conn_entries, ro, "connections in the table, expired ones included")             \
  REGISTER(0x160, conn_stash, ro, "connections in the stash now in 5:0, most ever in 13:8")        \
  REGISTER(0x164, conn_response_ticks, rw, "clock cycles a response tick, 15:0")                   \
  REGISTER(0x168, conn_clients, ro, "clients whose backend is remembered for persistence")         \
  REGISTER(                                                                                        \
      0x16c, conn_pressure, rw,                                                                    \
      "connections in the table, 20:0, from which on half-open ones give way to new ones; 0: "     \
      "never")                                                                                     \
  REGISTER(0x180, conn_inserted, ro,                                                               \
           "connections stored since reset, restored ones too (this and those below wrap)")        \
  REGISTER(0x184, conn_renewed, ro, "entries that got another backend")                            \
  REGISTER(0x188, conn_untracked, ro, "connections that found no room")                            \
  REGISTER(0x18c, conn_reclaimed, ro,                                                              \
           "entries that made room: expired, or their own before it got another backend")          \
  REGISTER(0x190, conn_swept, ro, "expired entries removed by the sweep")                          \
  REGISTER(0x194, conn_spilled, ro, "inserts that went to the stash")                              \
  REGISTER(0x198, conn_moved, ro, "stash entries moved to the table")                              \
  REGISTER(0x19c, conn_swapped, ro, "of these, in exchange for another entry")                     \
  REGISTER(0x1a0, conn_aborted, ro, "background operations that gave way to traffic")              \
  REGISTER(0x1a4, conn_resets, ro, "clients told by a RST that their backend is gone")             \
  REGISTER(0x1a8, conn_clients_untracked, ro,                                                      \
           "clients whose backend found no room to be remembered for persistence")                 \
  REGISTER(0x1ac, conn_evicted, ro, "half-open connections that gave way to new ones")

// WINDOW(offset, bytes, name, "meaning")
#define SLUICE_WINDOWS(WINDOW)                                                                    \
  WINDOW(0x1000, 0x800, punt,                                                                     \
         "next frame for the host: word 0 = valid 31, reason 29:24, port 17:16, bytes 15:0 "      \
         "(0: none); frame from word 1. What the host asked for goes first, but one other after " \
         "three of these")                                                                        \
  WINDOW(                                                                                         \
      0x2000, 0x800, inject,                                                                      \
      "write-only: frame for a port, from word 1 (word 0 is ignored); SLVERR if no slot is free") \
  WINDOW(0x1800, 0x100, connections,                                                              \
         "what conn_read fetched, 16 bytes a slot: as registers conn_client to conn_references")  \
  WINDOW(0x4000, 0x4000, table,                                                                   \
         "entries from table_page on, entry k at k * stride; an entry is taken when its last "    \
         "word is written; writes wait while commit busy; SLVERR: no such entry, live bank or "   \
         "counter written, counter read while snapshot busy")

namespace sluice {
namespace layout {

constexpr uint32_t kMagic = 0x534c5549;
constexpr uint32_t kAbiVersion = 0x00010000;
constexpr uint32_t kApertureBytes = 0x8000;
constexpr uint32_t kClockKhz = 322266;
constexpr uint32_t kTickHz = 1000;
constexpr uint32_t kListWrites = 65536;  // of a card with memory

constexpr uint32_t kStatusIdle = 1u << 0;
constexpr uint32_t kStatusCommitBusy = 1u << 1;
constexpr uint32_t kStatusSnapshotBusy = 1u << 2;
constexpr uint32_t kStatusLiveBank = 1u << 3;
constexpr uint32_t kStatusListBusy = 1u << 4;
constexpr uint32_t kStatusListFailed = 1u << 5;
constexpr uint32_t kControlCommit = 1u << 0;
constexpr uint32_t kControlSnapshot = 1u << 1;
constexpr uint32_t kControlList = 1u << 2;

constexpr uint32_t kConnControlFlush = 1u << 0;
constexpr uint32_t kConnControlUse = 1u << 1;
constexpr uint32_t kConnControlForget = 1u << 2;
constexpr uint32_t kConnStatusInUse = 1u << 0;
constexpr uint32_t kConnStatusFlushing = 1u << 1;
constexpr uint32_t kConnStatusOperation = 1u << 2;
constexpr uint32_t kConnStatusReading = 1u << 3;
constexpr uint32_t kConnStatusHit = 1u << 4;
constexpr uint32_t kConnStatusStored = 1u << 5;
constexpr uint32_t kConnStatusForgetting = 1u << 6;
constexpr uint32_t kConnDoRestore = 1;
constexpr uint32_t kConnDoRemove = 2;
constexpr uint32_t kConnWindowSlots = 16;
// What a host sets conn_response_ticks to: the 16 bits of a response time are 1.02 s then, more
// than a client waits before it sends its SYN again (RFC 6298: 1 s), which ends the measurement.
constexpr uint32_t kResponseTicksPerMs = 64;

enum Register : uint32_t {
#define SLUICE_REGISTER_ENUM(offset, name, access, doc) kReg_##name = offset,
  SLUICE_REGISTERS(SLUICE_REGISTER_ENUM)
#undef SLUICE_REGISTER_ENUM
};

enum Window : uint32_t {
#define SLUICE_WINDOW_ENUM(offset, bytes, name, doc) \
  kWindow_##name = offset, kWindowBytes_##name = bytes,
  SLUICE_WINDOWS(SLUICE_WINDOW_ENUM)
#undef SLUICE_WINDOW_ENUM
};

}  // namespace layout
}  // namespace sluice
