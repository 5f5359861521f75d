// The small parts of flashing: programs, locks, the last good image, links.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <map>

#include "driver/card_lock.hpp"
#include "driver/fake_board.hpp"
#include "flash/command.hpp"
#include "flash/last_good.hpp"
#include "flash/mac_link.hpp"
#include "support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using driver::CardLock;
using Milliseconds = std::chrono::milliseconds;

TEST(Command, TellsStatusAndBothOutputs) {
  const auto result = run_command({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->status, 7);
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
}

TEST(Command, WordsReachTheProgramAsTheyAre) {
  const auto result = run_command({"/bin/echo", "a b", "$(id)", "; exit"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->out, "a b $(id) ; exit\n");
}

TEST(Command, ThatHangsIsKilledWithItsChildren) {
  TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const auto result = run_command(
      {"/bin/sh", "-c", "sleep 60 & echo $! > " + folder / "pid" + "; wait"}, {Milliseconds(1000)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::hung);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  const int child = std::stoi(text_of(folder / "pid"));
  for (int i = 0; i < 200 && ::kill(child, 0) == 0; ++i) ::usleep(10'000);
  // Whoever inherits it may not reap it at once.
  const std::string stat = text_of("/proc/" + std::to_string(child) + "/stat");
  EXPECT_TRUE(stat.empty() || stat.find(") Z") != std::string::npos) << stat;
}

TEST(Command, ThatClosesItsOutputAndStaysIsKilled) {
  const auto result =
      run_command({"/bin/sh", "-c", "exec >&- 2>&-; sleep 60"}, {Milliseconds(500)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::hung);
}

TEST(Command, ThatPrintsTooMuchIsKilled) {
  const auto result = run_command({"/bin/sh", "-c", "yes"}, {Milliseconds(20'000), 1000});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::io);
}

TEST(Command, ThatIsNotThereIsAnError) {
  EXPECT_EQ(run_command({"/nonexistent/tool"}).error().code, Errc::io);
  EXPECT_EQ(find_program("no-such-tool-of-sluice").error().code, Errc::not_found);
  EXPECT_TRUE(find_program("sh").ok());
}

TEST(Lock, IsGivenBackWhenItsHolderGoesAndWhenItDies) {
  TempFolder folder;
  {
    ASSERT_TRUE(CardLock::take(folder.path(), "f2:0", {}).ok());
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = CardLock::take(folder.path(), "f2:0", {});
    ::_exit(lock ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(CardLock::take(folder.path(), "f2:0", {}).ok());
}

TEST(Lock, WaitsNoLongerThanAsked) {
  TempFolder folder;
  const auto held = CardLock::take(folder.path(), "xrt:0000:3b:00.1", {});
  ASSERT_TRUE(held.ok());
  const auto second = CardLock::take(folder.path(), "xrt:0000:3b:00.1", Milliseconds(120));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_TRUE(CardLock::take(folder.path(), "f2:0", {}).ok()) << "another card is another lock";
}

TEST(Lock, IsSharedByUsersAndKeepsOutWhoChangesTheCard) {
  TempFolder folder;
  {
    const auto first = CardLock::share(folder.path(), "0000:3b:00.1");
    const auto second = CardLock::share(folder.path(), "0000:3b:00.1");
    ASSERT_TRUE(first.ok() && second.ok());
    const auto changing = CardLock::take(folder.path(), "0000:3b:00.1", {});
    ASSERT_FALSE(changing.ok());
    EXPECT_NE(changing.error().message().find("process " + std::to_string(::getpid())),
              std::string::npos);
    EXPECT_NE(changing.error().message().find("uses this card"), std::string::npos);
  }
  const auto changing = CardLock::take(folder.path(), "0000:3b:00.1", {});
  ASSERT_TRUE(changing.ok());
  const auto user = CardLock::share(folder.path(), "0000:3b:00.1");
  ASSERT_FALSE(user.ok());
  EXPECT_EQ(user.error().code, Errc::busy);
  EXPECT_NE(user.error().message().find("is changing this card"), std::string::npos);
}

TEST(Lock, NamesItsHolderAndNoneBefore) {
  TempFolder folder;
  write_file(folder / "f2-0.lock", "1\n");
  const auto held = CardLock::take(folder.path(), "f2:0", {});
  ASSERT_TRUE(held.ok());
  const auto message = CardLock::take(folder.path(), "f2:0", {}).error().message();
  EXPECT_NE(message.find("process " + std::to_string(::getpid()) + " ("), std::string::npos)
      << message;
}

TEST(Lock, MakesAFolderOfItsOwnAndRefusesOneThatOthersMayWriteTo) {
  TempFolder folder;
  const std::string own = folder / "a/lock";
  ASSERT_TRUE(CardLock::share(own, "f2:0").ok());
  struct stat status{};
  ASSERT_EQ(::stat(own.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  for (const mode_t mode : {0777u, 0722u, 0720u, 01777u}) {
    ASSERT_EQ(::chmod(own.c_str(), mode), 0);
    const auto refused = CardLock::share(own, "f2:0");
    ASSERT_FALSE(refused.ok()) << mode;
    EXPECT_EQ(refused.error().code, Errc::io);
  }
  ASSERT_EQ(::chmod(own.c_str(), 0700), 0);
  ASSERT_EQ(::symlink(own.c_str(), (folder / "link").c_str()), 0);
  EXPECT_EQ(CardLock::share(folder / "link", "f2:0").error().code, Errc::io);
  write_file(folder / "file", "");
  EXPECT_EQ(CardLock::share(folder / "file", "f2:0").error().code, Errc::io);
}

TEST(LastGoodImage, SurvivesAsACopyAndReplacesTheOneBefore) {
  TempFolder folder;
  const auto first = make_u55c_image(folder / "a.xclbin", kOldBuild);
  const auto second = make_u55c_image(folder / "b.xclbin", kNewBuild);
  EXPECT_EQ(load_last_good(folder / "state", "xrt:0").error().code, Errc::not_found);
  ASSERT_TRUE(save_last_good(folder / "state", "xrt:0", first).ok());
  std::filesystem::remove(first.path);
  const auto good = load_last_good(folder / "state", "xrt:0");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->source, first.path);
  EXPECT_EQ(good->build_id, kOldBuild);
  const auto copy = image::read_image(good->path);
  ASSERT_TRUE(copy.ok()) << copy.error().message();
  EXPECT_EQ(image_id_of(copy->manifest), good->image_id);
  // Flashed again from its copy.
  ASSERT_TRUE(save_last_good(folder / "state", "xrt:0", *copy).ok());
  EXPECT_TRUE(image::read_image(good->path).ok());

  ASSERT_TRUE(save_last_good(folder / "state", "xrt:0", second).ok());
  EXPECT_FALSE(std::filesystem::exists(good->path));
  const std::filesystem::directory_iterator files(folder / "state/xrt-0");
  EXPECT_EQ(std::distance(begin(files), end(files)), 3) << "state, image, manifest";
}

TEST(LastGoodImage, ADamagedStateFileIsRefusedWithWhatToDo) {
  TempFolder folder;
  ASSERT_TRUE(save_last_good(folder.path(), "f2:0",
                             make_f2_image(folder / "i", "agfi-0123456789abcdef0", 1))
                  .ok());
  const std::string path = folder / "f2-0/state.json";
  const std::string whole = text_of(path);
  for (std::size_t bytes = 0; bytes + 2 < whole.size(); bytes += 7) {
    write_file(path, whole.substr(0, bytes));
    const auto good = load_last_good(folder.path(), "f2:0");
    ASSERT_FALSE(good.ok()) << bytes;
    EXPECT_EQ(good.error().code, Errc::bad_image);
    EXPECT_NE(good.error().message().find("remove it"), std::string::npos);
  }
  write_file(path, "{\"format\": 2, \"card\": \"f2:0\"}");
  EXPECT_EQ(load_last_good(folder.path(), "f2:0").error().code, Errc::bad_image);
}

TEST(Verifying, NamesEachRegisterThatDiffersFromTheManifest) {
  const image::Manifest manifest = manifest_of(image::Board::f2, kNewBuild);
  const auto verify = [&](std::uint32_t offset, std::uint32_t value) {
    driver::FakeBoard board;
    board.faults.overrides = {{layout::kReg_build_id, kNewBuild}};
    board.faults.overrides[offset] = value;
    return verify_card(board, manifest);
  };
  EXPECT_TRUE(verify(layout::kReg_build_id, kNewBuild).ok());
  struct Case {
    std::uint32_t offset;
    const char* name;
  };
  for (const Case& c :
       {Case{layout::kReg_magic, "magic"}, Case{layout::kReg_abi_version, "abi"},
        Case{layout::kReg_build_id, "build_id"}, Case{layout::kReg_layout_hash, "layout_hash"},
        Case{layout::kReg_scratch, "scratch"}}) {
    const auto done = verify(c.offset, 0x1234);
    ASSERT_FALSE(done.ok()) << c.name;
    EXPECT_EQ(done.error().code, Errc::verify_failed);
    EXPECT_NE(done.error().message().find(c.name), std::string::npos) << done.error().message();
  }
  EXPECT_EQ(verify(layout::kReg_magic, 0xffffffff).error().code, Errc::link_down);
}

TEST(Verifying, LeavesTheScratchRegisterAsItWas) {
  driver::FakeBoard board;
  board.faults.overrides = {{layout::kReg_build_id, kNewBuild}};
  ASSERT_TRUE(board.write(layout::kReg_scratch, 0x600d).ok());
  ASSERT_TRUE(verify_card(board, manifest_of(image::Board::f2, kNewBuild)).ok());
  EXPECT_EQ(board.read(layout::kReg_scratch).value(), 0x600du);
}

// A MAC whose status register latches: a read shows what was latched and then what is.
class LatchedMac : public MacRegisters {
 public:
  Result<std::uint32_t> read(std::uint32_t offset) override {
    if (fails) return Error{Errc::hung, "no answer", "cmac_0"};
    if (offset != 0x204) return registers[offset];
    const std::uint32_t shown = latched;
    latched = now;
    return shown;
  }
  Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    writes.push_back({offset, value});
    if (offset == 0x107c && !has_fec) return {};
    registers[offset] = value;
    if (comes_up && registers[0x107c] == peer_fec && registers[0x14] == 1) {
      now = registers[0xc] == 0x10 ? 0x23 : 3;  // a remote fault is answered with idle frames
    }
    return {};
  }
  std::string name() const override { return "cmac_0"; }

  std::uint32_t latched = 0;
  std::uint32_t now = 0;
  bool comes_up = false;
  std::uint32_t peer_fec = 3;
  bool has_fec = true;
  bool fails = false;
  std::map<std::uint32_t, std::uint32_t> registers;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> writes;
};

TEST(MacLinkState, IsOfNowAndNotOfThePast) {
  LatchedMac mac;
  mac.latched = 0xc0;
  mac.now = 3;
  mac.registers[0xc] = 1;
  const auto link = read_link(mac);
  ASSERT_TRUE(link.ok());
  EXPECT_TRUE(link->up);
  EXPECT_TRUE(mac.writes.empty());
}

TEST(MacLinkState, EachFaultIsNamedWithWhatToDo) {
  struct Case {
    std::uint32_t status;
    std::uint32_t fec;
    std::uint32_t config_tx;
    const char* text;
    const char* advice;
  };
  for (const Case& c :
       {Case{0xc0, 3, 1, "not aligned, local fault", "cable"},
        Case{0x00, 3, 1, "not aligned", "cable"}, Case{0x00, 0, 1, "RS-FEC off", "--up"},
        Case{0x13, 3, 1, "high bit error rate", "clean"},
        Case{0x23, 3, 1, "aligned, remote fault", "other side"},
        Case{0x03, 3, 0x10, "aligned, transmits nothing", "--up"},
        Case{0x03, 3, 0, "aligned, transmits nothing", "--up"},
        Case{0x03, 3, 0x11, "aligned, transmits nothing", "--up"}}) {
    LatchedMac mac;
    mac.now = c.status;
    mac.registers[0x107c] = c.fec;
    mac.registers[0xc] = c.config_tx;
    const auto link = read_link(mac);
    ASSERT_TRUE(link.ok());
    EXPECT_FALSE(link->up);
    EXPECT_NE(link->text().find(c.text), std::string::npos) << link->text();
    EXPECT_NE(link->advice().find(c.advice), std::string::npos) << link->advice();
  }
}

TEST(MacLinkState, AMacThatIsGoneOrSilentIsAnError) {
  LatchedMac mac;
  mac.now = 0xffffffff;
  EXPECT_EQ(read_link(mac).error().code, Errc::link_down);
  mac.fails = true;
  EXPECT_EQ(read_link(mac).error().code, Errc::hung);
  EXPECT_EQ(bring_up(mac, {}).error().code, Errc::hung);
}

TEST(BringingUp, SetsFecPulsesResetAndTransmitsOnceItReceives) {
  LatchedMac mac;
  mac.comes_up = true;
  const auto link = bring_up(mac, Milliseconds(1000));
  ASSERT_TRUE(link.ok());
  EXPECT_TRUE(link->up);
  const decltype(mac.writes) expected = {{0x107c, 3}, {0x1000, 7}, {0x4, 0xc0000000}, {0x4, 0},
                                         {0x14, 1},   {0xc, 0x10}, {0xc, 1}};
  EXPECT_EQ(mac.writes, expected);
}

TEST(BringingUp, EndsTheRemoteFaultThatAMacStillSends) {
  LatchedMac mac;
  mac.comes_up = true;
  mac.now = 3;
  mac.registers = {{0x107c, 3}, {0x14, 1}, {0xc, 0x10}};
  ASSERT_TRUE(bring_up(mac, Milliseconds(1000))->up);
  const decltype(mac.writes) expected = {{0x14, 1}, {0xc, 0x10}, {0xc, 1}};
  EXPECT_EQ(mac.writes, expected);
}

TEST(BringingUp, TellsTheOtherSideOfTheFaultWhileNothingIsReceived) {
  LatchedMac mac;
  mac.now = 0xc0;
  const auto link = bring_up(mac, {});
  ASSERT_TRUE(link.ok());
  EXPECT_FALSE(link->transmits);
  EXPECT_EQ(mac.registers[0xc], 0x10u);
  EXPECT_NE(link->advice().find("cable"), std::string::npos);
}

TEST(BringingUp, SaysThatAMacHasNoFecInsteadOfTryingAgain) {
  LatchedMac mac;
  mac.comes_up = true;
  mac.has_fec = false;
  const auto link = bring_up(mac, {});
  ASSERT_TRUE(link.ok());
  EXPECT_FALSE(link->up);
  EXPECT_NE(link->advice().find("this MAC has no RS-FEC"), std::string::npos) << link->advice();
}

TEST(BringingUp, WorksWithoutFecIfAskedSo) {
  LatchedMac mac;
  mac.comes_up = true;
  mac.peer_fec = 0;
  mac.registers[0x107c] = 3;
  const auto link = bring_up(mac, Milliseconds(1000), false);
  ASSERT_TRUE(link.ok());
  EXPECT_TRUE(link->up);
  EXPECT_FALSE(link->rs_fec);
  const decltype(mac.writes) expected = {{0x107c, 0}, {0x1000, 0}, {0x4, 0xc0000000}, {0x4, 0},
                                         {0x14, 1},   {0xc, 0x10}, {0xc, 1}};
  EXPECT_EQ(mac.writes, expected);
  // A link that stays down is not blamed on the FEC that nobody wants.
  LatchedMac silent;
  silent.now = 0xc0;
  const std::string advice = bring_up(silent, {}, false)->advice();
  EXPECT_NE(advice.find("without RS-FEC"), std::string::npos) << advice;
  EXPECT_EQ(advice.find("--no-fec"), std::string::npos) << advice;
}

TEST(BringingUp, LeavesALinkThatIsUpAlone) {
  LatchedMac mac;
  mac.now = 3;
  mac.registers[0xc] = 1;
  ASSERT_TRUE(bring_up(mac, {})->up);
  EXPECT_TRUE(mac.writes.empty());
}

TEST(BringingUp, EndsInTimeIfNobodyAnswers) {
  LatchedMac mac;
  mac.now = 0xc0;
  const auto link = bring_up(mac, Milliseconds(250));
  ASSERT_TRUE(link.ok());
  EXPECT_FALSE(link->up);
  EXPECT_TRUE(link->local_fault);
}

}  // namespace
}  // namespace sluice::flash
