// SPDX-License-Identifier: Apache-2.0
#include "daemon/change_log.h"

namespace kdumpd {

namespace {

void LogUpload(const Log& log, const Change& change) {
  const LogFields fields{{"id", change.name},
                         {"destination", change.destination},
                         {"state", change.to},
                         {"was", change.from},
                         {"problem", change.reason},
                         {"place", change.place},
                         {change.reason.empty() ? "sent" : "why", change.message}};
  change.worse ? log.Warn("upload", fields) : log.Info("upload", fields);
}

}  // namespace

void LogChange(const Log& log, const Change& change) {
  const auto line = [&](std::string_view message, LogFields fields) {
    change.worse ? log.Warn(message, fields) : log.Info(message, fields);
  };
  switch (change.kind) {
    case Change::Kind::kVerdict:
      line("verdict", {{"verdict", change.to},
                       {"was", change.from},
                       {"check", change.reason},
                       {"why", change.message}});
      break;
    case Change::Kind::kCheck:
      line("check", {{"check", change.name},
                     {"status", change.to},
                     {"was", change.from},
                     {"reason", change.reason},
                     {"message", change.message}});
      break;
    case Change::Kind::kDump:
      line("dump", {{"dump", change.name},
                    {"state", change.to},
                    {"was", change.from},
                    {"reason", change.reason},
                    {"size", change.message}});
      break;
    case Change::Kind::kCrash:
      line(change.from == "done" ? "crash" : "crash not inspected",
           {{"id", change.name},
            {"dump", change.dump},
            {"state", change.to},
            {"reason", change.reason},
            {"category", change.category},
            {"title", change.message},
            {"signature", change.signature}});
      break;
    case Change::Kind::kBoot:
      line("boot", {{"boot", change.name},
                    {"outcome", change.to},
                    {"reason", change.reason},
                    {"confidence", change.confidence},
                    {"cause", change.cause},
                    {"crash", change.crash},
                    {"drill", change.drill},
                    {"why", change.message}});
      break;
    case Change::Kind::kDrill:
      line("drill", {{"drill", change.name},
                     {"state", change.to},
                     {"reason", change.reason},
                     {"crash", change.crash},
                     {"why", change.message}});
      break;
    case Change::Kind::kUpload:
      LogUpload(log, change);
      break;
    case Change::Kind::kSource:
      line("source", {{"source", change.name}, {"state", change.to}, {"why", change.message}});
      break;
  }
}

}  // namespace kdumpd
