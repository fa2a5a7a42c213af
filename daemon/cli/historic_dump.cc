// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/historic_dump.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "daemon/core/record_plan.h"
#include "daemon/core/text.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/state_directory.h"
#include "daemon/inspecting.h"
#include "daemon/render/inspection_json.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

constexpr int kStallMs = 60'000;

class Taker {
 public:
  Taker(const CrashesView& view, RecordStore& records) : view_(view), records_(records) {}

  Result<void> Take(const std::string& id) {
    const CrashRecord* known = records_.Find(id);
    auto record = known != nullptr ? std::optional(*known) : Planned(id);
    if (!record) return Fail(ErrorCode::kNotFound, "there is no such dump here any more");
    if (IsInspectionOver(*record)) return {};
    // That it is missing is no attempt of the dump's.
    const auto program = InspectProgram();
    if (!program) return std::unexpected(program.error().In("the dump cannot be inspected"));
    while (!IsInspectionOver(*record)) {
      BeginInspection(*record, WallSeconds());
      if (auto kept = records_.Write(*record); !kept) return kept;
      if (auto done = Inspect(*program, *record); !done) return done;
    }
    return {};
  }

 private:
  // As the daemon would make it, of this dump alone: others are for those who know the boots.
  [[nodiscard]] std::optional<CrashRecord> Planned(const std::string& id) const {
    const State& state = view_.state;
    if (!state.facts.dumps.known()) return std::nullopt;
    std::vector<Dump> dumps;
    std::ranges::copy_if(state.facts.dumps.value(), std::back_inserter(dumps), [&](const Dump& d) {
      return MayBeAskedFor(d) && CrashId(state.machine_id, d) == id;
    });
    const auto changes = PlanRecords({.records = records_.records(),
                                      .dumps = dumps,
                                      .machine_id = state.machine_id,
                                      .now = WallSeconds(),
                                      .running_boot = BootIdOf(state.facts.boot_id.ValueOr("")),
                                      .asked = {&id, 1}});
    const auto planned = std::ranges::find(changes, id, &CrashRecord::id);
    return planned == changes.end() ? std::nullopt : std::optional(*planned);
  }

  // One attempt.
  Result<void> Inspect(const std::string& program, CrashRecord& record) {
    const std::string directory = DirectoryOf(record, view_.state.facts.dumps.source());
    const auto dump = OpenRecorded(view_.root, directory, record);
    if (!dump) return Failed(dump.error(), record);
    const auto before = MarksOf(dump->files);
    const std::uint64_t log_bytes = CostTooMuch(record.failure) ? 0 : kInspectLogBytes;
    Inspection inspection = Ask(program, dump->files, log_bytes, record);
    if (inspection.log.records == 0 && dump->log) {
      TakeLogBeside(Ask(program, {&dump->log, 1}, kInspectLogBytes, record), dump->log_path,
                    inspection);
    }
    if (HaveChanged(before, MarksOf(dump->files), inspection)) {
      return Failed(kFailureChanged, record);
    }
    TakeInspection(inspection, record);
    const bool done = record.inspection == InspectionState::kDone;
    return records_.Write(record, done ? InspectionJson(inspection, dump->path) : "");
  }

  static Inspection Ask(const std::string& program, std::span<const UniqueFd> files,
                        std::uint64_t log_bytes, const CrashRecord& record) {
    std::vector<int> fds(files.size());
    std::ranges::transform(files, fds.begin(), &UniqueFd::get);
    auto process = InspectProcess::Start(
        program, fds, {.log_bytes = log_bytes, .cpu_seconds = kInspectCpuSeconds});
    if (!process) {
      return Uninspected(record.mark.bytes, "inspector_failed", process.error().message);
    }
    return AnswerOf(WaitFor(*process, {}, kStallMs, kInspectTotalMs), record.mark.bytes);
  }

  Result<void> Failed(std::string_view why, CrashRecord& record) {
    FailInspection(record, why);
    return records_.Write(record);
  }

  const CrashesView& view_;
  RecordStore& records_;
};

}  // namespace

Result<void> TakeUpHistoric(const CrashesView& view, const Config& config, const std::string& id) {
  const auto state = StateDirectory::Open(config.state_directory, 0);
  if (!state) return std::unexpected(state.error());
  auto records = RecordStore::Open(state->fd(), config.state_directory);
  if (!records) return std::unexpected(records.error());
  if (records->IsForeign(id)) {
    return Fail(ErrorCode::kIo, Cat("the record of ", id, " is not ours to write"));
  }
  if (auto taken = Taker(view, *records).Take(id); !taken) return taken;
  if (auto noted = records->TakeAcknowledgements(); !noted) return std::unexpected(noted.error());
  return {};
}

}  // namespace kdumpd
