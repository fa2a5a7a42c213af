// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/check.h"

#include <unistd.h>

#include "daemon/cli/look_once.h"
#include "daemon/cli/print.h"
#include "daemon/core/text.h"
#include "daemon/render/render.h"
#include "metrics/render.h"

namespace kdumpd {
namespace {

std::string Printed(const State& state, const Arguments& arguments) {
  switch (arguments.output) {
    case Output::kJson:
      return ReadinessJson(state);
    case Output::kPrometheus:
      return RenderStateMetrics(state);
    case Output::kText:
      break;
  }
  if (!arguments.explain.empty()) return ExplainText(state, arguments.explain);
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  return ReadinessText(state, {colour, arguments.all});
}

int ExitStatus(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReady:
      return 0;
    case Verdict::kDegraded:
      return 1;
    case Verdict::kArming:
    case Verdict::kNotReady:
      return 2;
    case Verdict::kUnknown:
      return 3;
  }
  return 3;
}

}  // namespace

int RunCheck(const Config& config, const Arguments& arguments) {
  auto root = HostRoot::Open(config.path);
  if (!root) {
    PrintProblem(root.error().message);
    return kExitUsage;
  }
  const State state = LookOnce(*root, config);
  const std::string text = Printed(state, arguments);
  if (text.empty()) {
    PrintProblem(Cat("no check is called '", Printable(arguments.explain, 64),
                     "'; kdumpd check --all lists them"));
    return kExitUsage;
  }
  return PrintOut(text) ? ExitStatus(state.readiness.verdict) : kExitInternal;
}

}  // namespace kdumpd
