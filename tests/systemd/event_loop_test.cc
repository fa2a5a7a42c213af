// SPDX-License-Identifier: Apache-2.0
#include "systemd/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "daemon/core/unique_fd.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Pipe {
  Pipe() {
    int fds[2] = {-1, -1};
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0) {
      reader.Reset(fds[0]);
      writer.Reset(fds[1]);
    }
  }
  void Write() { EXPECT_EQ(::write(writer.get(), "x", 1), 1); }
  void Read() {
    char c = 0;
    EXPECT_EQ(::read(reader.get(), &c, 1), 1);
  }
  UniqueFd reader;
  UniqueFd writer;
};

TEST(EventLoop, RunReturnsTheCodeOfQuit) {
  auto loop = EventLoop::Create();
  ASSERT_TRUE(loop);
  auto once = loop->After(1, [&] { loop->Quit(7); });
  ASSERT_TRUE(once);
  EXPECT_EQ(loop->Run(), 7);
}

TEST(EventLoop, MovesWithItsSources) {
  auto created = EventLoop::Create();
  ASSERT_TRUE(created);
  EventLoop loop = *std::move(created);
  auto other = EventLoop::Create();
  ASSERT_TRUE(other);
  auto once = loop.After(1, [&] { other->Quit(3); });
  ASSERT_TRUE(once);
  *other = std::move(loop);
  EXPECT_EQ(other->Run(), 3);
}

TEST(EventLoop, AReadableDescriptorCallsBackOncePerByteThatIsLeft) {
  auto loop = EventLoop::Create();
  Pipe pipe;
  int calls = 0;
  auto source = loop->OnReadable(pipe.reader.get(), [&] {
    pipe.Read();
    if (++calls == 2) loop->Quit(0);
  });
  ASSERT_TRUE(source);
  pipe.Write();
  pipe.Write();
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 2);
}

TEST(EventLoop, ABadDescriptorIsAnError) {
  auto loop = EventLoop::Create();
  const auto source = loop->OnReadable(-1, [] {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message, "adding a descriptor to the event loop: Bad file descriptor");
}

TEST(EventLoop, AfterWaitsAndCallsOnce) {
  auto loop = EventLoop::Create();
  const auto start = steady_clock::now();
  int calls = 0;
  auto once = loop->After(20, [&] { ++calls; });
  auto end = loop->After(80, [&] { loop->Quit(0); });
  ASSERT_TRUE(once && end);
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 1);
  EXPECT_GE(steady_clock::now() - start, milliseconds(80));
}

TEST(EventLoop, EveryCallsAgainAndAgain) {
  auto loop = EventLoop::Create();
  const auto start = steady_clock::now();
  int calls = 0;
  auto timer = loop->Every(10, [&] {
    if (++calls == 5) loop->Quit(0);
  });
  ASSERT_TRUE(timer);
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 5);
  EXPECT_GE(steady_clock::now() - start, milliseconds(50));
}

TEST(EventLoop, AStallIsFollowedByOneCallNotByMany) {
  auto loop = EventLoop::Create();
  const auto start = steady_clock::now();
  int calls = 0;
  auto timer = loop->Every(50, [&] {
    if (++calls == 1)
      ::usleep(180'000);  // the loop itself is held up, for more than three intervals
    if (calls == 2) loop->Quit(0);
  });
  ASSERT_TRUE(timer);
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_GE(steady_clock::now() - start, milliseconds(230));
}

TEST(EventLoop, ADroppedSourceIsSilent) {
  auto loop = EventLoop::Create();
  int calls = 0;
  auto dropped = loop->Every(1, [&] { ++calls; });
  auto end = loop->After(30, [&] { loop->Quit(0); });
  dropped->reset();
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 0);
}

TEST(EventLoop, ASourceMayDropItselfInItsCallback) {
  auto loop = EventLoop::Create();
  int calls = 0;
  const std::string kept = "a capture that is too long for the small buffer of std::function";
  EventLoop::SourcePtr source;
  source = *loop->Every(1, [&, kept] {
    source.reset();
    EXPECT_EQ(kept.size(), 64U);
    ++calls;
  });
  auto end = loop->After(30, [&] { loop->Quit(0); });
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ASignalArrivesOnTheLoopAndStaysBlockedAfterwards) {
  auto loop = EventLoop::Create();
  int calls = 0;
  auto source = loop->OnSignal(SIGUSR1, [&] {
    ++calls;
    loop->Quit(0);
  });
  ASSERT_TRUE(source);
  ::raise(SIGUSR1);
  EXPECT_EQ(loop->Run(), 0);
  EXPECT_EQ(calls, 1);
  source->reset();
  ::raise(SIGUSR1);  // deadly, if it were not blocked
  sigset_t pending;
  sigpending(&pending);
  EXPECT_TRUE(sigismember(&pending, SIGUSR1));
}

TEST(EventLoop, ASignalThatDoesNotExistIsAnError) {
  auto loop = EventLoop::Create();
  const auto source = loop->OnSignal(4711, [] {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message, "adding a signal to the event loop: Invalid argument");
}

}  // namespace
}  // namespace kdumpd
