// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/manifest_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "daemon/render/json_values.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 8> kAbout{"id",         "cluster",        "node",
                                                 "crash_time", "kernel_release", "dump_state",
                                                 "signature",  "duplicate_of"};

}  // namespace

std::string ManifestJson(const UploadJob& job,
                         const std::vector<std::pair<std::string, StoredObject>>& objects,
                         const std::vector<std::string>& encrypted) {
  Json manifest = {{"schema_version", 1}};
  for (const std::string_view name : kAbout) {
    const auto about = job.about.find(name);
    manifest[std::string(name)] = TextOrNull(about == job.about.end() ? "" : about->second);
  }
  Json list = Json::array();
  for (const auto& [name, stored] : objects) {
    const bool sealed = std::ranges::find(encrypted, name) != encrypted.end();
    list.push_back({{"name", name},
                    {"encryption", sealed ? Json("age-v1") : Json()},
                    {"redacted", job.target.redact_log &&
                                     std::ranges::any_of(job.objects,
                                                         [&](const UploadObject& object) {
                                                           return object.small &&
                                                                  name.starts_with(object.name);
                                                         })},
                    {"plain_bytes", stored.plain_bytes},
                    {"plain_sha256", stored.plain_sha256},
                    {"stored_bytes", stored.stored_bytes},
                    {"stored_sha256", stored.stored_sha256},
                    {"proof", Name(stored.proof)},
                    {"stored_at", TimeOrNull(stored.stored_at)}});
  }
  manifest["objects"] = std::move(list);
  return Cat(Dumped(manifest, 1), "\n");
}

}  // namespace kdumpd
