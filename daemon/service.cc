// SPDX-License-Identifier: Apache-2.0
#include "daemon/service.h"

#include <csignal>

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/change_log.h"
#include "daemon/core/text.h"
#include "daemon/host/machine_id.h"
#include "daemon/host/observe.h"
#include "daemon/node.h"
#include "daemon/routes.h"
#include "daemon/wall_clock.h"
#include "systemd/notify.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kFirstLookMs = 150;           // how long the first look waits for the bus
constexpr std::uint64_t kCoalesceMs = 100;            // events of one change come in bursts
constexpr std::chrono::milliseconds kDumpBudget(50);  // of a look, for the crash directory
constexpr int kLooksPerQuestion = 20;  // to a bus that answers: every 5 minutes by default
constexpr int kLooksToAwaitBus = 2;    // after that an unknown unit state is final

std::int64_t MonotonicMs() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             steady_clock::now().time_since_epoch())
      .count();
}

std::string StatusLine(const State& state) {
  const std::string why = state.readiness.reason.empty() ? "" : Cat(": ", state.readiness.message);
  return Cat(Name(state.readiness.verdict), why);
}

}  // namespace

Result<std::unique_ptr<Service>> Service::Create(const Config& config, Log log,
                                                 ConfigSource source) {
  auto root = HostRoot::Open(config.path);
  if (!root) return std::unexpected(root.error().In("opening the node"));
  if (InCaptureKernel(*root)) {
    return Fail(ErrorCode::kInvalid,
                "this is a capture kernel (/proc/vmcore exists): nothing to do here");
  }
  auto loop = EventLoop::Create();
  if (!loop) return std::unexpected(loop.error());
  auto config_watch = ConfigWatch::Create(std::move(source.file));
  if (!config_watch) return std::unexpected(config_watch.error());

  std::unique_ptr<Service> service(
      new Service(config, log, *std::move(root), *std::move(loop), *std::move(config_watch)));
  service->load_config_ = std::move(source.load);
  auto ledgers =
      Ledgers::Open(service->loop_, config, service->root_, [raw = service.get()] { raw->Due(); });
  if (!ledgers) return std::unexpected(ledgers.error());
  service->ledgers_ = *std::move(ledgers);
  if (auto wired = service->Wire(); !wired) return std::unexpected(wired.error());
  if (auto listening = service->Listen(); !listening) return std::unexpected(listening.error());
  return service;
}

Service::Service(const Config& config, Log log, HostRoot root, EventLoop loop,
                 ConfigWatch config_watch)
    : config_(config),
      log_(log),
      root_(std::move(root)),
      started_at_(WallSeconds()),
      loop_(std::move(loop)),
      config_watch_(std::move(config_watch)) {
  config_.node = NodeName(config_);
}

Service::~Service() = default;

// Signals before any thread; the listener's threads inherit the mask.
Result<void> Service::Wire() {
  using Handler = std::function<void()>;
  const std::vector<std::pair<int, Handler>> signals{{SIGTERM, [this] { Stop("SIGTERM"); }},
                                                     {SIGINT, [this] { Stop("SIGINT"); }},
                                                     {SIGHUP, [this] { Reload(); }}};
  for (const auto& [signal, handler] : signals) {
    auto source = loop_.OnSignal(signal, handler);
    if (!source) return std::unexpected(source.error());
    sources_.push_back(*std::move(source));
  }
  auto watch = DumpWatch::Start(loop_, {.changed = [this] { Due(); },
                                        .settled =
                                            [this] {
                                              if (!stopping_) Reconcile();
                                            }});
  if (!watch) return std::unexpected(watch.error());
  dump_watch_ = *std::move(watch);
  const UnitWatch::Options units = UnitsOfNode(config_, root_);
  shutdown_ = ShutdownWatch::Start(loop_, {.address = units.address},
                                   [this](bool preparing) { ledgers_->Stopping(preparing); });
  units_ = UnitWatch::Start(loop_, units, [this] {
    if (looks_ == 0) {
      Reconcile();
    } else {
      Due();
    }
  });
  auto first = loop_.After(units_->Waiting() ? kFirstLookMs : 0, [this] {
    if (looks_ == 0) Reconcile();
  });
  if (!first) return std::unexpected(first.error());
  sources_.push_back(*std::move(first));
  if (auto watched = WatchConfig(); !watched) return watched;
  return StartTimer();
}

// A ConfigMap is swapped without a signal to anybody.
Result<void> Service::WatchConfig() {
  auto changed = loop_.OnReadable(config_watch_.fd(), [this] {
    if (!config_watch_.Drain() || reload_due_ || stopping_) return;
    auto due = loop_.After(kCoalesceMs, [this] {
      reload_due_.reset();
      if (config_watch_.Changed()) Reload();
    });
    if (due) reload_due_ = *std::move(due);
  });
  if (!changed) return std::unexpected(changed.error());
  sources_.push_back(*std::move(changed));
  return {};
}

// The floor under every event: sysfs attributes raise none. It also feeds the watchdog, so it runs
// at least twice as often as systemd expects to hear from us.
Result<void> Service::StartTimer() {
  auto period = static_cast<std::uint64_t>(config_.observe_interval_ms);
  if (const auto watchdog = WatchdogMilliseconds()) period = std::min(period, *watchdog / 2);
  auto timer = loop_.Every(period, [this] {
    // Signals tell what changed; asking as well costs wake-ups, so it is the floor under them.
    if (!units_->Units().known() || looks_ % kLooksPerQuestion == 0) units_->Refresh();
    shutdown_->Refresh();
    Reconcile();
  });
  if (!timer) return std::unexpected(timer.error());
  timer_ = *std::move(timer);
  return {};
}

Result<void> Service::Listen() {
  const RouteInput input{&latest_, config_.telemetry_path, config_.observe_interval_ms,
                         MonotonicMs};
  auto listener = Listener::Start(config_.listen_addresses, RoutesOf(input));
  if (!listener) return std::unexpected(listener.error());
  listener_ = *std::move(listener);
  return {};
}

Result<int> Service::Run() {
  std::string addresses;
  for (const std::string& address : listener_->Addresses())
    addresses += Cat(addresses.empty() ? "" : ",", address);
  log_.Info("started",
            {{"version", KDUMPD_VERSION}, {"node", config_.node}, {"listening", addresses}});
  TellNotes();
  auto status = loop_.Run();
  // From here on nobody turns the loop: a second SIGTERM or SIGINT ends the process by itself.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
  return status;
}

// Marks a look as due; a burst of events makes one.
void Service::Due() {
  if (due_ || stopping_) return;
  auto due = loop_.After(kCoalesceMs, [this] {
    due_.reset();
    Reconcile();
  });
  if (due) due_ = *std::move(due);
}

// Look -> facts -> judgement -> state -> publish.
void Service::Reconcile() {
  const std::int64_t began = MonotonicMs();
  Look look;
  look.facts = LookAtNode(WallSeconds());
  ledgers_->Take(root_, look.facts, config_.acknowledge_after_seconds);
  look.readiness = Evaluate(look.facts, config_.policy);
  ledgers_->Conclude(root_, look, MonotonicMs(), config_);
  look.duration_seconds = static_cast<double>(MonotonicMs() - began) / 1000;

  State state = NextState(before_.get(), std::move(look));
  state.monotonic_ms = MonotonicMs();
  state.started_at = started_at_;
  state.node = config_.node;
  state.machine_id = ledgers_->machine_id();
  state.version = KDUMPD_VERSION;
  state.config_reload_ok = config_ok_;
  state.drill_enabled = config_.drill_enabled;
  Tell(state);
  dump_watch_->Follow(root_, state.facts, config_.settle_ms);
  if (state.facts.dumps_partial) Due();
  const bool first = looks_++ == 0;
  auto published = std::make_shared<const State>(std::move(state));
  latest_.Publish(published);
  before_ = std::move(published);
  if (first) NotifyReady(StatusLine(*before_));
  NotifyWatchdog();
}

Facts Service::LookAtNode(std::int64_t now) {
  ObserveInput input;
  input.now = now;
  input.units = units_->Units();
  input.read_crash_size = size_wanted_ && MayReadCrashSize(input.units, looks_ < kLooksToAwaitBus);
  if (before_) {
    input.crash_size_before = before_->facts.crash_size;
    input.history_before = before_->facts.history;
    input.before = &before_->facts;
  }
  input.settle_seconds = config_.settle_ms / 1000;
  input.crash_directory = config_.crash_directory;
  input.dump_scanner = &dumps_;
  input.dump_budget = kDumpBudget;
  Facts facts = Observe(root_, input);
  // A load that completed between two looks may have followed a change of the reservation.
  if (input.read_crash_size) size_wanted_ = facts.crash_size.unreadable();
  if (before_ && LoadCompleted(before_->facts, facts)) size_wanted_ = true;
  return facts;
}

void Service::TellNotes() {
  for (const std::string& note : ledgers_->TakeNotes())
    log_.Warn("state directory", {{"what", note}});
}

void Service::Tell(const State& state) {
  TellNotes();
  const std::vector<Change> changes = Changes(before_.get(), state);
  for (const Change& change : changes) {
    LogChange(log_, change);
    if (change.kind == Change::Kind::kVerdict) NotifyStatus(StatusLine(state));
  }
}

void Service::Reload() {
  NotifyReloading();
  auto config = load_config_();
  config_ok_ = config.has_value();
  if (!config) {
    log_.Error("configuration not reloaded, the old one stays",
               {{"mistakes", config.error().message}});
  } else {
    config->node = NodeName(*config);
    const bool restart = Adopt(config_, *config);
    log_.Configure(config_.log_level, config_.log_format);
    if (const auto timer = StartTimer(); !timer)
      log_.Error("timer", {{"error", timer.error().message}});
    log_.Info("configuration reloaded",
              {{"restart_needed", restart ? "for web.*, path.*, dbus.* and node.*" : "no"}});
  }
  Reconcile();
  NotifyReady(StatusLine(*before_));
}

// Whether this node goes down, or only this process, systemd knows.
void Service::Stop(const char* signal) {
  if (std::exchange(stopping_, true)) return;
  log_.Info("stopping", {{"signal", signal}});
  NotifyStopping();
  ledgers_->StopUploads(WallSeconds());
  shutdown_->AskWhetherStopping(
      [this](std::optional<bool> system) { End(system.value_or(false)); });
}

void Service::End(bool system_stops) {
  if (system_stops) {
    ledgers_->Stopping(true);
  } else {
    ledgers_->Leave();
  }
  loop_.Quit(0);
}

}  // namespace kdumpd
