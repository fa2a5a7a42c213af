// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "daemon/cli/arguments.h"
#include "daemon/cli/boots.h"
#include "daemon/cli/check.h"
#include "daemon/cli/crashes.h"
#include "daemon/cli/decrypt.h"
#include "daemon/cli/drill.h"
#include "daemon/cli/inspect.h"
#include "daemon/core/text.h"
#include "daemon/service.h"

namespace kdumpd {
namespace {

// A bug in us must never hurt the node: no core dump of our own, no arena per thread.
void BehaveAsGuest() {
  constexpr rlimit kNoCore{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &kNoCore);
  // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::signal(SIGCHLD, SIG_DFL);  // whoever started us may ignore it: then nobody could wait
  (void)::mallopt(M_ARENA_MAX, 1);
  // NOLINTEND(concurrency-mt-unsafe)
}

int Run(const Config& config, const Arguments& arguments) {
  (void)::prctl(PR_SET_DUMPABLE, 0);
  Log log;
  log.Configure(config.log_level, config.log_format);
  auto service = Service::Create(
      config, log, {ConfigFile(arguments), [&arguments] { return LoadConfig(arguments); }});
  if (!service) {
    log.Error("cannot start", {{"error", service.error().message}});
    return 1;
  }
  const auto status = (*service)->Run();
  if (status) return *status;
  log.Error("the event loop failed", {{"error", status.error().message}});
  return kExitInternal;
}

int Main(int argc, const char* const* argv) {
  BehaveAsGuest();
  const Arguments arguments = ParseArguments(argc, argv);
  if (arguments.verb == Verb::kDone) return arguments.exit_status;
  if (arguments.verb == Verb::kInspect) return RunInspect(arguments);  // needs no configuration
  if (arguments.verb == Verb::kDecrypt) return RunDecryptVerb(arguments);
  const auto config = LoadConfig(arguments);
  if (!config) {
    std::fputs(
        Cat("kdumpd: the configuration has mistakes:\n", config.error().message, "\n").c_str(),
        stderr);
    return kExitUsage;
  }
  if (arguments.verb == Verb::kBoots) return RunBoots(*config, arguments);
  if (arguments.verb == Verb::kCrashes) return RunCrashes(*config, arguments);
  if (arguments.verb == Verb::kDrill) return RunDrill(*config, arguments);
  return arguments.verb == Verb::kRun ? Run(*config, arguments) : RunCheck(*config, arguments);
}

}  // namespace
}  // namespace kdumpd

// The libraries behind the rooms may throw; what gets this far is our bug.
int main(int argc, char** argv) {
  try {
    return kdumpd::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kdumpd: internal error: %s\n", error.what());
    return kdumpd::kExitInternal;
  }
}
