// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledgers.h"

#include <iterator>
#include <utility>

#include "daemon/host/machine_id.h"

namespace kdumpd {

Result<std::unique_ptr<Ledgers>> Ledgers::Open(EventLoop& loop, const Config& config,
                                               const HostRoot& root,
                                               const std::function<void()>& changed) {
  auto directory = StateDirectory::Open(config.state_directory);
  std::string problem;
  if (!directory) {
    // A second daemon is a mistake. A directory that cannot be used must not blind the node.
    if (directory.error().code == ErrorCode::kBusy) return std::unexpected(directory.error());
    problem = directory.error().message;
    directory = StateDirectory::Forgetful();
  }
  std::unique_ptr<Ledgers> ledgers(new Ledgers(*std::move(directory)));
  ledgers->directory_problem_ = std::move(problem);
  ledgers->notes_ = ledgers->directory_.Notes();
  ledgers->machine_id_ = MachineId(root);
  ledgers->OpenParts(loop, config, changed);
  return ledgers;
}

void Ledgers::OpenParts(EventLoop& loop, const Config& config,
                        const std::function<void()>& changed) {
  const int fd = directory_.fd();
  if (fd < 0) return;
  const std::string& path = config.state_directory;
  const auto odd = [this](const std::vector<std::string>& notes) {
    notes_.insert(notes_.end(), notes.begin(), notes.end());
  };
  auto crashes = RecordStore::Open(fd, path);
  if (!crashes) {
    directory_problem_ = crashes.error().message;
    return;
  }
  odd(crashes->Notes());
  crashes_ = std::make_unique<CrashLedger>(loop, *std::move(crashes), machine_id_, changed);
  auto uploads = UploadStore::Open(fd, path);
  if (!uploads) {
    directory_problem_ = uploads.error().message;
    return;
  }
  uploads_ = std::make_unique<UploadWatch>(loop, *std::move(uploads), changed);
  auto boots = BootStore::Open(fd, path);
  auto drills = DrillStore::Open(fd, path);
  if (!boots || !drills) {
    directory_problem_ = boots ? drills.error().message : boots.error().message;
    return;
  }
  odd(boots->Notes());
  boots_ = std::make_unique<BootWatch>(loop, *std::move(boots), machine_id_, config.path.rootfs,
                                       changed);
  drills_ = std::make_unique<DrillWatch>(*std::move(drills));
}

void Ledgers::Take(const HostRoot& root, Facts& facts, std::int64_t acknowledge_after) {
  if (const auto kept = directory_.Remember(facts)) {
    if (*kept) inventory_problem_.clear();
  } else {
    inventory_problem_ = kept.error().message;
  }
  if (drills_) {
    drills_->Read();
    notes_.insert(notes_.end(), drills_->notes().begin(), drills_->notes().end());
  }
  if (!crashes_) return;
  CrashLedger::Known known{.acknowledge_after = acknowledge_after};
  if (boots_) known.boots = *boots_->boots();
  if (drills_) known.drill = drills_->pending();
  crashes_->Update(root, facts, known);
}

void Ledgers::Conclude(const HostRoot& root, Look& look, std::int64_t monotonic_ms,
                       const Config& config) {
  if (boots_) {
    BootWatch::Input input{.facts = look.facts,
                           .armed = look.readiness.armed,
                           .monotonic_ms = monotonic_ms,
                           .settle_ms = config.settle_ms};
    if (drills_) input.drill = drills_->ForLedger();
    boots_->Update(root, input, *crashes_);
    look.boots = boots_->boots();
    look.boots_decided = boots_->last().has_value();
  }
  if (drills_ && boots_) {
    drills_->Judge(look.facts, *boots_->boots(), look.boots_decided, *crashes_->records());
    look.drills = std::make_shared<const Drills>(drills_->drills());
  }
  if (uploads_) Upload(root, look, config);
  if (crashes_) look.crashes = crashes_->records();
  look.state_directory_problem = Problem();
}

void Ledgers::Upload(const HostRoot& root, Look& look, const Config& config) {
  // Where the dumps are must be known to open them.
  if (!look.facts.dumps.known()) return;
  State state;
  state.now = look.facts.now;
  state.node = config.node;
  state.version = KDUMPD_VERSION;
  state.facts.dumps = Fact<std::vector<Dump>>::Known({}, look.facts.dumps.source());
  state.boots = look.boots;
  const std::string boot = BootIdOf(look.facts.boot_id.ValueOr(""));
  uploads_->Update({root, state, config.uploads, boot}, *crashes_);
  look.uploads = uploads_->activity();
}

std::string Ledgers::Problem() const {
  if (!directory_problem_.empty()) return directory_problem_;
  if (!inventory_problem_.empty()) return inventory_problem_;
  if (crashes_ && !crashes_->problem().empty()) return crashes_->problem();
  if (boots_ && !boots_->problem().empty()) return boots_->problem();
  return drills_ ? drills_->problem() : "";
}

std::vector<std::string> Ledgers::TakeNotes() { return std::exchange(notes_, {}); }

}  // namespace kdumpd
