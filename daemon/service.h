// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/config_watch.h"
#include "daemon/core/latest.h"
#include "daemon/core/next_state.h"
#include "daemon/core/state.h"
#include "daemon/dump_watch.h"
#include "daemon/host/dump_scanner.h"
#include "daemon/host/host_root.h"
#include "daemon/ledgers.h"
#include "daemon/log.h"
#include "daemon/web/listener.h"
#include "systemd/event_loop.h"
#include "systemd/shutdown_watch.h"
#include "systemd/unit_watch.h"

namespace kdumpd {

// Where the configuration came from, and how to read it again.
struct ConfigSource {
  std::string file;  // absolute; it need not be there
  std::function<Result<Config>()> load;
};

// The daemon: introduces the rooms to each other and thinks nothing itself. Reconcile() is the
// whole program: look, judge, publish. Timer, inotify, the bus and signals only mark it as due.
//
// Lives from Create() to the end of Run(), on the main thread. The only other threads are the
// listener's, which read latest_.
class Service {
 public:
  static Result<std::unique_ptr<Service>> Create(const Config& config, Log log,
                                                 ConfigSource source);
  ~Service();

  // Until SIGTERM or SIGINT; a second one ends the process at once. Returns the exit status.
  Result<int> Run();

 private:
  Service(const Config& config, Log log, HostRoot root, EventLoop loop, ConfigWatch config_watch);

  Result<void> Listen();
  Result<void> Wire();
  Result<void> WatchConfig();
  Result<void> StartTimer();
  void Due();
  void Reconcile();
  Facts LookAtNode(std::int64_t now);
  void Tell(const State& state);
  void Reload();
  void TellNotes();
  void Stop(const char* signal);
  void End(bool system_stops);

  Config config_;
  Log log_;
  std::function<Result<Config>()> load_config_;
  HostRoot root_;
  DumpScanner dumps_;
  std::int64_t started_at_ = 0;
  int looks_ = 0;
  bool size_wanted_ = true;  // kexec_crash_size is worth a read
  bool config_ok_ = true;
  bool stopping_ = false;
  std::shared_ptr<const State> before_;
  Latest<State> latest_;

  // Declared after what their callbacks use, so that they go first.
  EventLoop loop_;
  ConfigWatch config_watch_;
  std::unique_ptr<DumpWatch> dump_watch_;
  std::unique_ptr<UnitWatch> units_;
  std::unique_ptr<ShutdownWatch> shutdown_;
  std::unique_ptr<Ledgers> ledgers_;
  std::vector<EventLoop::SourcePtr> sources_;
  EventLoop::SourcePtr timer_;
  EventLoop::SourcePtr due_;
  EventLoop::SourcePtr reload_due_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace kdumpd
