// SPDX-License-Identifier: Apache-2.0
#include "systemd/unit_watch.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "daemon/core/text.h"
#include "systemd/unit_question.h"

namespace kdumpd {
namespace {

constexpr const char* kLocal = "org.freedesktop.DBus.Local";
// One start or stop of a unit is a burst of signals; one question follows it.
constexpr std::uint64_t kSettleMs = 100;
// On an overloaded node the same limit would fail for ever: it doubles with each round that is
// late.
constexpr std::uint64_t kMostPatience = 8;

class Watch final : public UnitWatch {
 public:
  Watch(EventLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {}
  ~Watch() override { Drop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void Connect();
  void Adopt(Bus bus);
  void Tell(std::function<void()> changed) { changed_ = std::move(changed); }

  [[nodiscard]] Fact<std::vector<UnitState>> Units() const override;
  [[nodiscard]] bool Waiting() const override { return bus_ != nullptr && Pending(); }
  void Refresh() override;

 private:
  [[nodiscard]] std::uint64_t Now() const;
  [[nodiscard]] bool Pending() const;
  [[nodiscard]] std::uint64_t Limit() const { return options_.timeout_ms * patience_; }
  void Ask();
  void Settle();
  void Finish();
  void Publish(Result<std::vector<UnitState>> answer);
  void Lose(std::string why);
  void Drop();

  static int OnFilesChanged(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
  static int OnReloading(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
  static int OnDisconnected(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;

  EventLoop& loop_;
  Options options_;
  std::function<void()> changed_;
  Result<std::vector<UnitState>> answer_ = Fail(ErrorCode::kBusy, "systemd has not answered yet");
  std::uint64_t attempted_usec_ = 0;  // CLOCK_MONOTONIC
  std::uint64_t patience_ = 1;        // times options_.timeout_ms

  // Of the present connection.
  Bus bus_;
  Slot disconnected_, reloading_, files_changed_;
  std::vector<std::unique_ptr<UnitQuestion>> questions_;
  EventLoop::SourcePtr deadline_;
  EventLoop::SourcePtr settle_;
};

std::uint64_t Watch::Now() const {
  std::uint64_t now = 0;
  sd_event_now(loop_.handle(), CLOCK_MONOTONIC, &now);
  return now;
}

bool Watch::Pending() const {
  return std::ranges::any_of(questions_, [](const auto& question) { return question->pending(); });
}

void Watch::Connect() {
  attempted_usec_ = Now();
  auto bus = ConnectBus(options_.address);
  if (!bus) return Lose(bus.error().message);
  Adopt(*std::move(bus));
}

void Watch::Adopt(Bus bus) {
  bus_ = std::move(bus);
  // Twice our own deadline, so that it is always ours that decides and names the reason.
  if (auto attached = AttachBus(bus_.get(), loop_.handle(), Limit() * 2); !attached) {
    return Lose(attached.error().message);
  }
  sd_bus_slot* local = nullptr;
  sd_bus_match_signal_async(bus_.get(), &local, kLocal, "/org/freedesktop/DBus/Local", kLocal,
                            "Disconnected", &OnDisconnected, nullptr, this);
  disconnected_.reset(local);
  // Not UnitNew: loading a unit that does not exist causes one, and we would answer ourselves for
  // ever.
  MatchSignal(bus_.get(), reloading_, kManagerPath, kManager, "Reloading", &OnReloading, this);
  MatchSignal(bus_.get(), files_changed_, kManagerPath, kManager, "UnitFilesChanged",
              &OnFilesChanged, this);
  // Without a subscriber the Manager sends no signals (org.freedesktop.systemd1(5)). Refused: we
  // poll.
  sd_bus_call_method_async(bus_.get(), nullptr, kSystemd, kManagerPath, kManager, "Subscribe",
                           nullptr, nullptr, nullptr);
  for (const auto& name : options_.units) {
    auto answered = [this] {
      if (!Pending()) Finish();
    };
    questions_.push_back(std::make_unique<UnitQuestion>(name, answered, [this] { Settle(); }));
  }
  Ask();
}

Fact<std::vector<UnitState>> Watch::Units() const {
  auto source = Cat(kSystemd, " over ", options_.address.empty() ? "a socket" : options_.address);
  if (answer_) return Fact<std::vector<UnitState>>::Known(*answer_, std::move(source));
  return Fact<std::vector<UnitState>>::Unreadable(std::move(source), answer_.error().message);
}

void Watch::Refresh() {
  if (bus_) return Ask();
  if (options_.address.empty() || Now() - attempted_usec_ < options_.retry_ms * 1000) return;
  Connect();
}

// One round over all units; while it is under way there is no second.
void Watch::Ask() {
  if (Pending()) return;
  for (const auto& question : questions_) question->Ask(bus_.get());
  if (!Pending()) return Finish();
  const std::uint64_t limit = Limit();
  auto deadline = loop_.After(limit, [this, limit] {
    patience_ = std::min(patience_ * 2, kMostPatience);
    Lose(Cat("no answer from the bus within ", limit % 1000 == 0 ? limit / 1000 : limit,
             limit % 1000 == 0 ? " s" : " ms"));
  });
  if (!deadline) return Lose(deadline.error().message);
  deadline_ = *std::move(deadline);
}

void Watch::Settle() {
  if (settle_) return;
  auto timer = loop_.After(kSettleMs, [this] {
    settle_.reset();
    // The round under way may have read the unit before this change.
    Pending() ? Settle() : Ask();
  });
  if (timer) settle_ = *std::move(timer);
}

void Watch::Finish() {
  deadline_.reset();
  patience_ = 1;
  std::vector<UnitState> units;
  for (const auto& question : questions_) {
    if (!question->answer()) return Publish(std::unexpected(question->answer().error()));
    units.push_back(*question->answer());
  }
  Publish(std::move(units));
}

void Watch::Publish(Result<std::vector<UnitState>> answer) {
  const bool same =
      answer.has_value() == answer_.has_value() &&
      (answer ? *answer == *answer_ : answer.error().message == answer_.error().message);
  if (same) return;
  answer_ = std::move(answer);
  // From a copy, and last: the callback may drop this watch.
  if (const auto changed = changed_) changed();
}

void Watch::Lose(std::string why) {
  Drop();
  Publish(Fail(ErrorCode::kTimeout, std::move(why)));
}

// No callback comes after this, from calls in flight neither.
void Watch::Drop() {
  deadline_.reset();
  settle_.reset();
  if (bus_) sd_bus_close(bus_.get());
  questions_.clear();
  for (auto* slot : {&disconnected_, &reloading_, &files_changed_}) slot->reset();
  bus_.reset();
}

int Watch::OnFilesChanged(sd_bus_message*, void* self, sd_bus_error*) noexcept {
  static_cast<Watch*>(self)->Settle();
  return 0;
}

// Reloading(true) is no time to ask: systemd answers when it is done, and says so with
// Reloading(false).
int Watch::OnReloading(sd_bus_message* signal, void* self, sd_bus_error*) noexcept {
  int active = 0;
  if (sd_bus_message_read(signal, "b", &active) > 0 && active == 0) {
    static_cast<Watch*>(self)->Settle();
  }
  return 0;
}

int Watch::OnDisconnected(sd_bus_message*, void* self, sd_bus_error*) noexcept {
  static_cast<Watch*>(self)->Lose("the bus closed the connection");
  return 0;
}

}  // namespace

std::unique_ptr<UnitWatch> UnitWatch::Start(EventLoop& loop, Options options,
                                            std::function<void()> changed) {
  auto watch = std::make_unique<Watch>(loop, std::move(options));
  watch->Connect();
  watch->Tell(std::move(changed));
  return watch;
}

std::unique_ptr<UnitWatch> UnitWatch::StartOn(EventLoop& loop, Bus bus, Options options,
                                              std::function<void()> changed) {
  auto watch = std::make_unique<Watch>(loop, std::move(options));
  watch->Adopt(std::move(bus));
  watch->Tell(std::move(changed));
  return watch;
}

}  // namespace kdumpd
