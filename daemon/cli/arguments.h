// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config.h"

namespace kdumpd {

// Exit statuses, the same for every verb. 0 to 3 are judgements.
inline constexpr int kExitUsage = 64;     // usage or configuration error (sysexits.h EX_USAGE)
inline constexpr int kExitInternal = 70;  // EX_SOFTWARE

enum class Verb { kRun, kCheck, kInspect, kCrashes, kBoots, kDrill, kDecrypt, kDone };
enum class CrashesVerb { kList, kShow, kAck, kSend, kPrune };
enum class DrillVerb { kStart, kStatus, kCancel };
enum class Output { kText, kJson, kPrometheus };

// The command line, taken apart.
struct Arguments {
  Verb verb = Verb::kDone;
  int exit_status = 0;        // for kDone: --help, --version or a usage error that was printed
  std::string config_file;    // "": the default one, if it is there
  std::vector<Choice> flags;  // environment and command line, the latter last
  Output output = Output::kText;
  bool all = false;                // check --all, crashes ack --all, boots --all
  std::string explain;             // check --explain ID
  bool deep = false;               // inspect --deep
  bool dmesg = false;              // inspect --dmesg
  std::vector<std::string> paths;  // inspect PATH...
  CrashesVerb crashes = CrashesVerb::kList;
  std::vector<std::string> ids;                 // crashes show ID, ack ID...
  std::optional<std::int64_t> older_than_ms{};  // crashes ack --older-than
  bool dry_run = false;                         // crashes prune --dry-run
  std::vector<std::string> destinations{};      // crashes send --destination
  std::vector<std::string> identities{};        // decrypt --identity
  std::string decrypted;                        // decrypt --output
  DrillVerb drill = DrillVerb::kStatus;
  std::string confirm;    // drill start --confirm
  bool cordoned = false;  // drill start --cordoned
  bool force = false;     // drill start --force
};

// Prints help, version and usage errors itself.
[[nodiscard]] Arguments ParseArguments(int argc, const char* const* argv);

// The file that LoadConfig reads, absolute; it need not be there.
[[nodiscard]] std::string ConfigFile(const Arguments& arguments);
// Defaults, file, environment and flags. `kInvalid` with every mistake.
[[nodiscard]] Result<Config> LoadConfig(const Arguments& arguments);

}  // namespace kdumpd
