// SPDX-License-Identifier: Apache-2.0
// kdumpd-inspect: looks into the dumps that are open as descriptors 3 and up, in a sandbox, and
// answers in frames (daemon/core/inspect_wire.h) on its standard output.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/inspect_arguments.h"
#include "daemon/core/inspect_wire.h"
#include "daemon/core/text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/vmcore/inspect.h"
#include "daemon/vmcore/sandbox.h"

namespace kdumpd {
namespace {

// Whoever asked may be gone: then there is nothing left to do (SIGPIPE, or its error here).
void Say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) ::_exit(EXIT_SUCCESS);
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

class ProgressFrames {
 public:
  bool operator()(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return true;
    last_ = now;
    Say(Encode(ProgressFrame{std::min(done, total), total}));
    return true;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

Inspection Look(std::span<const FileBytes> files, const InspectArguments& arguments) {
  LogFrames log(Say);
  InspectOptions options;
  options.level = arguments.level;
  // 32 bytes of text a record is what the kernel itself reckons with (PRB_AVGBITS).
  options.log = {.records = (arguments.log_bytes + 31) / 32, .text_bytes = arguments.log_bytes};
  options.line = [&log](std::string_view lines) { log.Add(lines); };
  options.progress = ProgressFrames();
  std::vector<const ByteSource*> sources;
  for (const FileBytes& file : files) sources.push_back(&file);
  Inspection inspection = Inspect(sources, options);
  log.Flush();
  return inspection;
}

int Answer(Inspection inspection) {
  Sanitize(inspection);
  Say(Encode(FrameType::kFacts, InspectionJson(inspection)));
  return EXIT_SUCCESS;
}

int Complain(std::string_view what, int status) {
  const std::string line = Cat("kdumpd-inspect: ", what, "\n");
  (void)!::write(STDERR_FILENO, line.data(), line.size());
  return status;
}

int Main(std::span<char*> words) {
  const auto arguments = ParseCommandLine({words.begin() + 1, words.end()});
  if (!arguments) return Complain(arguments.error().message, kInspectUsage);
  if (::fcntl(kFirstDumpFd, F_GETFD) < 0 || ::isatty(STDOUT_FILENO) != 0) {
    return Complain("reads dumps for kdumpd, which starts it: see kdumpd inspect", kInspectUsage);
  }
  std::vector<FileBytes> files;
  for (int i = 0; i < static_cast<int>(arguments->files); ++i) {
    const auto file = FileBytes::Open(kFirstDumpFd + i);
    if (!file) return Answer(Uninspected(0, "not_a_regular_file", file.error().message));
    files.push_back(*file);
  }
  const auto entered = EnterSandbox({arguments->memory_bytes, arguments->cpu_seconds});
  if (!entered) return Complain(entered.error().message, kInspectNoSandbox);
  return Answer(Look(files, *arguments));
}

}  // namespace
}  // namespace kdumpd

// No way out but _exit: what libraries do at the end of a program is not needed, nor allowed.
int main(int argc, char** argv) {
  int status = EXIT_SUCCESS;
  try {
    status = kdumpd::Main(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::bad_alloc&) {
    status = kdumpd::kInspectNoMemory;
  } catch (...) {
    status = kdumpd::Complain("internal error", kdumpd::kInspectInternal);
  }
  ::_exit(status);
}
