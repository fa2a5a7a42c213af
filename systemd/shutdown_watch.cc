// SPDX-License-Identifier: Apache-2.0
#include "systemd/shutdown_watch.h"

#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

namespace kdumpd {
namespace {

constexpr const char* kLocal = "org.freedesktop.DBus.Local";
constexpr const char* kLogind = "org.freedesktop.login1";
constexpr const char* kLogindPath = "/org/freedesktop/login1";
constexpr const char* kLogindManager = "org.freedesktop.login1.Manager";
// A bus that has not taken the match by then has lost the connection: sd-bus closes it.
constexpr std::uint64_t kCallMs = 20000;

using Answer = std::function<void(std::optional<bool>)>;

class Watch final : public ShutdownWatch {
 public:
  Watch(EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {}
  ~Watch() override { Drop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void Connect();
  void Adopt(Bus bus);
  void Tell(std::function<void(bool)> preparing) { preparing_ = std::move(preparing); }

  void AskWhetherStopping(Answer answer) override;
  void Refresh() override;

 private:
  [[nodiscard]] std::uint64_t Now() const;
  void AnswerAll(std::optional<bool> stopping);
  void Drop();

  static int OnPrepare(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
  static int OnState(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
  static int OnDisconnected(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;

  EventLoop& loop_;
  Options options_;
  std::function<void(bool)> preparing_;
  std::uint64_t attempted_usec_ = 0;  // CLOCK_MONOTONIC

  std::vector<Answer> asked_;
  EventLoop::SourcePtr deadline_;  // of those

  // Of the present connection.
  Bus bus_;
  Slot disconnected_, prepare_, state_;
};

std::uint64_t Watch::Now() const {
  std::uint64_t now = 0;
  sd_event_now(loop_.handle(), CLOCK_MONOTONIC, &now);
  return now;
}

void Watch::Connect() {
  attempted_usec_ = Now();
  if (auto bus = ConnectBus(options_.address)) Adopt(*std::move(bus));
}

void Watch::Adopt(Bus bus) {
  bus_ = std::move(bus);
  if (!AttachBus(bus_.get(), loop_.handle(), kCallMs)) return Drop();
  sd_bus_slot* local = nullptr;
  sd_bus_match_signal_async(bus_.get(), &local, kLocal, "/org/freedesktop/DBus/Local", kLocal,
                            "Disconnected", &OnDisconnected, nullptr, this);
  disconnected_.reset(local);
  // A bus fills in the sender, a direct connection does not.
  const char* sender = sd_bus_is_bus_client(bus_.get()) > 0 ? kLogind : nullptr;
  sd_bus_slot* prepare = nullptr;
  sd_bus_match_signal_async(bus_.get(), &prepare, sender, kLogindPath, kLogindManager,
                            "PrepareForShutdown", &OnPrepare, nullptr, this);
  prepare_.reset(prepare);
}

void Watch::AskWhetherStopping(Answer answer) {
  asked_.push_back(std::move(answer));
  if (deadline_) return;  // already asked
  sd_bus_slot* slot = nullptr;
  const bool taken =
      bus_ && sd_bus_call_method_async(bus_.get(), &slot, kSystemd, kManagerPath,
                                       "org.freedesktop.DBus.Properties", "Get", &OnState, this,
                                       "ss", kManager, "SystemState") >= 0;
  state_.reset(slot);
  // An answer of ours comes from the loop too.
  auto deadline = loop_.After(taken ? options_.answer_ms : 0, [this] { AnswerAll(std::nullopt); });
  if (!deadline) return AnswerAll(std::nullopt);  // it takes no timer
  deadline_ = *std::move(deadline);
}

void Watch::AnswerAll(std::optional<bool> stopping) {
  state_.reset();
  deadline_.reset();
  const auto asked = std::exchange(asked_, {});
  // Last, and nothing of ours after it: an answer may drop this watch.
  for (const Answer& answer : asked) answer(stopping);
}

void Watch::Refresh() {
  if (bus_ || options_.address.empty()) return;
  if (Now() - attempted_usec_ >= options_.retry_ms * 1000) Connect();
}

// No callback comes after this, from calls in flight neither; who asked hears at the deadline.
void Watch::Drop() {
  if (bus_) sd_bus_close(bus_.get());
  for (auto* slot : {&disconnected_, &prepare_, &state_}) slot->reset();
  bus_.reset();
}

int Watch::OnPrepare(sd_bus_message* signal, void* self, sd_bus_error*) noexcept {
  int starts = 0;
  if (sd_bus_message_read(signal, "b", &starts) <= 0) return 0;
  // From a copy, and last: the callback may drop this watch.
  if (const auto preparing = static_cast<Watch*>(self)->preparing_) preparing(starts != 0);
  return 0;
}

int Watch::OnState(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
  const char* state = nullptr;
  std::optional<bool> stopping;
  // An error has no such content.
  if (sd_bus_message_is_method_error(reply, nullptr) == 0 &&
      sd_bus_message_read(reply, "v", "s", &state) > 0 && state != nullptr) {
    stopping = std::string_view(state) == "stopping";
  }
  static_cast<Watch*>(self)->AnswerAll(stopping);
  return 0;
}

int Watch::OnDisconnected(sd_bus_message*, void* self, sd_bus_error*) noexcept {
  static_cast<Watch*>(self)->Drop();
  return 0;
}

}  // namespace

std::unique_ptr<ShutdownWatch> ShutdownWatch::Start(EventLoop& loop, Options options,
                                                    std::function<void(bool)> preparing) {
  auto watch = std::make_unique<Watch>(loop, std::move(options));
  watch->Connect();
  watch->Tell(std::move(preparing));
  return watch;
}

std::unique_ptr<ShutdownWatch> ShutdownWatch::StartOn(EventLoop& loop, Bus bus, Options options,
                                                      std::function<void(bool)> preparing) {
  auto watch = std::make_unique<Watch>(loop, std::move(options));
  watch->Adopt(std::move(bus));
  watch->Tell(std::move(preparing));
  return watch;
}

}  // namespace kdumpd
