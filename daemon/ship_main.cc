// SPDX-License-Identifier: Apache-2.0
// kdumpd-ship: brings the files that are open as descriptors 5 and up to one destination, as the
// job in descriptor 3 says, and keeps the journal in descriptor 4 (daemon/core/upload_job.h). A
// program of its own, so that the daemon links neither libcurl nor OpenSSL, and so that whatever
// hangs, a server or a dead mount, can be killed. `kdumpd-ship decrypt` is `kdumpd decrypt`.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/core/upload_job.h"
#include "daemon/render/manifest_json.h"
#include "daemon/ship/decrypt_main.h"
#include "daemon/ship/journal_file.h"
#include "daemon/ship/pace.h"
#include "daemon/ship/shipment.h"
#include "daemon/ship/sink.h"

namespace kdumpd {
namespace {

constexpr int kUsage = 64, kInternal = 70;

// What of this fails is no reason not to work. No core dump: it would hold keys.
void Confine() {
  constexpr rlimit kNoCore{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &kNoCore);
  (void)::prctl(PR_SET_DUMPABLE, 0);
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Whoever started us keeps the record: without it there is nothing to go on with.
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::setpriority(PRIO_PROCESS, 0, 19);
  constexpr int kWhoProcess = 1, kIdle = 3 << 13;  // linux/ioprio.h
  (void)::syscall(SYS_ioprio_set, kWhoProcess, 0, kIdle);
}

void Say(std::string_view line) {
  while (!line.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, line.data(), line.size());
    if (put < 0 && errno != EINTR) ::_exit(EXIT_SUCCESS);
    if (put > 0) line.remove_prefix(static_cast<std::size_t>(put));
  }
}

int Complain(std::string_view what, int status) {
  const std::string line = Cat("kdumpd-ship: ", what, "\n");
  (void)!::write(STDERR_FILENO, line.data(), line.size());
  return status;
}

std::int64_t Now() { return std::time(nullptr); }

// Progress at most once a second: the sum of what the journal knows and what is under way.
class Teller {
 public:
  void Reached(const UploadProgress& progress) {
    progress_ = progress;
    Tell();
  }
  void Moved(std::uint64_t bytes, bool paused) {
    progress_.sent = std::min(progress_.bytes, progress_.sent + bytes);
    progress_.paused = paused;
    Tell();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void Tell() {
    const auto now = Clock::now();
    if (now - told_ < std::chrono::seconds(1)) return;
    told_ = now;
    Say(ProgressLineOf(progress_));
  }
  UploadProgress progress_;
  Clock::time_point told_{};
};

Result<UploadJob> ReadJob() {
  std::string text(kMostJobBytes, '\0');
  const ssize_t got = ::pread(kJobFd, text.data(), text.size(), 0);
  if (got <= 0) return Fail(ErrorCode::kIo, "the job cannot be read");
  text.resize(static_cast<std::size_t>(got));
  return ParseJob(text);
}

Uploaded<void> Work(const UploadJob& job) {
  auto journal = JournalFile::Open(kJournalFd, Now);
  if (!journal) return std::unexpected(journal.error());
  Teller teller;
  Pace pace({.bytes_per_second = job.target.bandwidth,
             .pressure_directory = job.pressure ? "/proc/pressure" : ""},
            [&](std::uint64_t bytes) { teller.Moved(bytes, pace.paused()); });
  const auto sink = OpenSink({job.target, job.environment, &pace, Now});
  if (!sink) return std::unexpected(sink.error());
  std::vector<int> files(job.objects.size());
  std::ranges::generate(files, [next = kFirstUploadFd]() mutable { return next++; });
  Shipment shipment(
      {.job = job,
       .journal = *journal,
       .sink = **sink,
       .files = files,
       .manifest =
           [](const ManifestInput& input) {
             return ManifestJson(input.job, input.objects, input.encrypted);
           },
       .progress = [&](const UploadProgress& progress) { teller.Reached(progress); }});
  return shipment.Run();
}

int Main(std::span<char*> words) {
  if (words.size() > 1 && std::string_view(words[1]) == "decrypt") {
    return RunDecrypt(words.subspan(2));
  }
  if (words.size() != 1 || ::fcntl(kJournalFd, F_GETFD) < 0 || ::isatty(STDOUT_FILENO) != 0) {
    return Complain("sends dumps for kdumpd, which starts it: see kdumpd crashes send", kUsage);
  }
  Confine();
  const auto job = ReadJob();
  if (!job) return Complain(job.error().message, kInternal);
  UploadEnd end;
  if (const auto done = Work(*job); !done) {
    end = {done.error().problem, done.error().message, done.error().retry_after_seconds};
  }
  Say(EndLineOf(end));
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace kdumpd

int main(int argc, char** argv) {
  try {
    return kdumpd::Main(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (...) {
    return kdumpd::Complain("internal error", kdumpd::kInternal);
  }
}
