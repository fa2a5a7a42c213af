// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/inspect.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "daemon/cli/print.h"
#include "daemon/cli/progress_line.h"
#include "daemon/core/kernel_line.h"
#include "daemon/core/kernel_log_text.h"
#include "daemon/core/text.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/memory_file.h"
#include "daemon/host/named_dump.h"
#include "daemon/inspecting.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/inspection_text.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

constexpr int kStallMs = 60'000;
constexpr std::string_view kStandardInput = "-";

void Print(std::FILE* to, std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), to);  // a failure stays in ferror()
}

// Where the lines of the kernel log go: at once to standard output, into the document, or nowhere.
class LogOutput {
 public:
  explicit LogOutput(const Arguments& arguments)
      : wanted_(arguments.dmesg), kept_(arguments.output == Output::kJson) {}

  void Take(std::string_view lines) {
    if (!wanted_) return;
    while (!lines.empty()) {
      const auto end = std::min(lines.find('\n'), lines.size());
      TakeLine(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
  }
  [[nodiscard]] bool wanted() const { return wanted_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::span<const std::string> lines() const { return lines_; }

 private:
  void TakeLine(std::string_view line) {
    ++count_;
    if (kept_) {
      lines_.push_back(AsciiLog(line));
    } else {
      Print(stdout, AsciiLog(WithoutPriority(line)).append(1, '\n'));
    }
  }

  bool wanted_;
  bool kept_;
  std::size_t count_ = 0;
  std::vector<std::string> lines_;
};

// Whether one of them was written to within the time that a writer may pause. A time in the future
// is a clock that was wrong, not a writer.
bool Recent(std::span<const FileMark> marks) {
  const std::int64_t settle = Config{}.settle_ms / 1000;
  const std::int64_t now = WallSeconds();
  return std::ranges::any_of(marks, [&](const FileMark& mark) {
    return mark.mtime > now - settle && mark.mtime < now + settle;
  });
}

std::uint64_t BytesOf(const std::vector<FileMark>& marks) {
  std::uint64_t bytes = 0;
  for (const FileMark& mark : marks) bytes += mark.bytes;
  return bytes;
}

// `log_bytes`: how much of the log to read.
Inspection AskInspector(std::span<const UniqueFd> files, std::uint64_t bytes, bool deep,
                        std::uint64_t log_bytes, LogOutput& log) {
  const auto program = InspectProgram();
  if (!program) return Uninspected(bytes, "inspector_missing", program.error().message);
  std::vector<int> fds;
  for (const UniqueFd& file : files) fds.push_back(file.get());
  InspectRequest request;
  request.level = deep ? CheckLevel::kPages : CheckLevel::kSampled;
  request.log_bytes = log_bytes;
  request.cpu_seconds = deep ? 0 : kInspectCpuSeconds;
  auto process = InspectProcess::Start(*program, fds, request);
  if (!process) return Uninspected(bytes, "inspector_missing", process.error().message);
  ProgressLine line(deep, bytes);
  const InspectProcess::Handlers handlers{
      [&](const ProgressFrame& progress) { line.Show(progress); },
      [&](std::string_view lines) { log.Take(lines); }};
  return AnswerOf(WaitFor(*process, handlers, kStallMs, deep ? 0 : kInspectTotalMs), bytes);
}

Inspection InspectFiles(std::span<const UniqueFd> files, bool deep, LogOutput& log) {
  const std::vector<FileMark> before = MarksOf(files);
  // With or without --dmesg: what is said of a crash must not depend on it.
  Inspection inspection = AskInspector(files, BytesOf(before), deep, kInspectLogBytes, log);
  if (CostTooMuch(inspection.wholeness.reason)) {
    inspection = AskInspector(files, BytesOf(before), deep, 0, log);
  }
  const std::vector<FileMark> after = MarksOf(files);
  const bool set = inspection.split.has_value();
  DoubtWhileWritten(inspection, HaveChanged(before, after, inspection),
                    Recent(std::span(after).first(set ? after.size() : 1)));
  return inspection;
}

// A dump needs to be read in any order, which a pipe cannot be, and is too large to be kept.
Inspection InspectStandardInput(bool deep, LogOutput& log) {
  std::vector<UniqueFd> files;
  files.push_back(RedirectedFile());
  if (files.front()) return InspectFiles(files, deep, log);
  auto text = ReadStandardInput(kLogHeadBytes, kInspectLogBytes + 1, LooksLikeKernelLog);
  if (!text) return Uninspected(0, "unreadable", text.error().message);
  if (text->empty()) return Uninspected(0, "pipe", "nothing came");
  if (!LooksLikeKernelLog(*text)) {
    return Uninspected(0, "pipe", "a dump cannot be read from a pipe; redirect the file: < vmcore");
  }
  auto kept = MemoryFile(*text);
  if (!kept) return Uninspected(text->size(), "unreadable", kept.error().message);
  *text = std::string();  // it is in the file
  files.front() = *std::move(kept);
  return InspectFiles(files, deep, log);
}

// The root that absolute paths are names in: none when it is our own.
Result<std::optional<HostRoot>> RootOf(const Arguments& arguments) {
  std::vector<Choice> paths;
  for (const Choice& flag : arguments.flags) {
    if (flag.key.starts_with("path.")) paths.push_back(flag);
  }
  const auto config = MakeConfig({}, paths);
  if (!config) return std::unexpected(config.error());
  if (config->path.rootfs == Config{}.path.rootfs) return std::nullopt;
  auto root = HostRoot::Open({.rootfs = config->path.rootfs, .procfs = "", .sysfs = ""});
  if (!root) return std::unexpected(std::move(root).error());
  return *std::move(root);
}

class InspectVerb {
 public:
  InspectVerb(const Arguments& arguments, const HostRoot* root)
      : arguments_(arguments), root_(root) {}

  int Run() {
    const bool json = arguments_.output == Output::kJson, several = arguments_.paths.size() > 1;
    if (json && several) Print(stdout, kInspectionsBegin);
    for (const std::string& path : arguments_.paths) {
      if (&path != arguments_.paths.data()) Print(Out(), json ? "," : "\n");
      Show(path);
      closed_ = closed_ || (std::fflush(stdout) != 0 && errno == EPIPE);
    }
    if (json) Print(stdout, several ? Cat(kInspectionsEnd, "\n") : "\n");
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status_;
    return closed_ || errno == EPIPE ? status_ : kExitInternal;  // `| head` has seen enough
  }

 private:
  // The log alone goes to standard output, so that it can go through a pipe.
  [[nodiscard]] std::FILE* Out() const {
    return arguments_.dmesg && arguments_.output != Output::kJson ? stderr : stdout;
  }

  void Show(const std::string& path) {
    LogOutput log(arguments_);
    std::string shown = path;
    const Inspection inspection = Look(shown, log);
    int status = ExitStatus(inspection);
    if (log.wanted() && log.empty() && status == 0) status = 3;
    status_ = Worse(status_, status);
    if (arguments_.output == Output::kJson) {
      Print(stdout, log.wanted() ? InspectionJson(inspection, shown, log.lines())
                                 : InspectionJson(inspection, shown));
      return;
    }
    // The log before what is said of it.
    closed_ = closed_ || (std::fflush(stdout) != 0 && errno == EPIPE);
    const bool colour = ::isatty(::fileno(Out())) == 1;
    Print(Out(), InspectionText(inspection, shown, colour));
    if (log.wanted() && log.empty()) PrintProblem("no kernel log could be read");
  }

  Inspection Look(std::string& path, LogOutput& log) const {
    if (path == kStandardInput) {
      const Inspection inspection = InspectStandardInput(arguments_.deep, log);
      if (arguments_.output != Output::kJson) path = "standard input";
      return inspection;
    }
    Named dump = OpenNamed(path.starts_with('/') ? root_ : nullptr, path);
    if (!dump) return dump.error();
    path = dump->path;
    Inspection inspection = InspectFiles(dump->files, arguments_.deep, log);
    if (dump->parts_unreadable && inspection.wholeness.reason == "split_parts_missing") {
      inspection.wholeness.state = DumpState::kUnknown;
      inspection.wholeness.reason = "permission";
      inspection.wholeness.detail = "not every part of the split set may be read";
    }
    if (dump->log && inspection.log.records == 0) {
      TakeLogBeside(InspectFiles({&dump->log, 1}, false, log), dump->log_path, inspection);
    }
    return inspection;
  }

  const Arguments& arguments_;
  const HostRoot* root_;
  int status_ = 0;
  bool closed_ = false;  // whoever reads standard output has gone
};

}  // namespace

int RunInspect(const Arguments& arguments) {
  const auto root = RootOf(arguments);
  if (!root) {
    PrintProblem(root.error().message);
    return kExitUsage;
  }
  return InspectVerb(arguments, *root ? &**root : nullptr).Run();
}

}  // namespace kdumpd
