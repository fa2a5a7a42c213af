// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/unique_fd.h"
#include "daemon/core/upload_job.h"
#include "daemon/ship/journal_file.h"
#include "daemon/ship/sink.h"

namespace kdumpd {

// What the objects of one crash are in a store, for whoever writes its manifest.
struct ManifestInput {
  const UploadJob& job;
  std::vector<std::pair<std::string, StoredObject>> objects;  // in the order of the job
  std::vector<std::string> encrypted;                         // names of those that are
};

// One job, from where an earlier attempt has left it to its end: each object is sent, proven, and
// in the journal; the manifest comes last and says that all of it is there.
class Shipment {
 public:
  struct Input {
    const UploadJob& job;
    JournalFile& journal;
    Sink& sink;
    std::span<const int> files;  // of job.objects
    std::function<std::string(const ManifestInput&)> manifest;
    std::function<void(const UploadProgress&)> progress;
  };
  explicit Shipment(Input input) : in_(std::move(input)) {}

  // The first thing that fails ends it.
  Uploaded<void> Run();

 private:
  struct Item {
    std::string name;  // with ".age", where it applies
    int file = -1;
    bool small = false, sealed = false;
    std::string text;  // of a small one
  };

  Uploaded<void> Confirm();
  Uploaded<void> Forget();
  Uploaded<void> Send(const Item& item);
  Uploaded<void> SendFile(const Item& item, int file);
  Uploaded<void> SendText(const Item& item);
  Uploaded<void> Prove(const Item& item, Source& source, JournalSteps& steps);
  Uploaded<UploadPlan> PlanFor(const Item& item, const UploadMark& mark);
  Uploaded<void> SendManifest();
  void DropOthers();
  Uploaded<void> Drop(const std::string& name);
  Uploaded<void> RestartWhatChanged();
  Uploaded<void> RestartAll(std::string_view why);
  [[nodiscard]] std::string Place(std::string_view object) const;
  [[nodiscard]] bool IsSealed(const UploadObject& object) const;
  [[nodiscard]] std::string NameOf(const UploadObject& object) const;
  [[nodiscard]] JournalSteps StepsOf(const Item& item, std::uint64_t bytes);

  Input in_;
};

}  // namespace kdumpd
