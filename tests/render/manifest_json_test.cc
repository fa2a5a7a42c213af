// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/manifest_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/render/schema_check.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;
using Objects = std::vector<std::pair<std::string, StoredObject>>;

StoredObject Stored(UploadProof proof, std::uint64_t plain, std::uint64_t stored) {
  return {.proof = proof,
          .plain_bytes = plain,
          .stored_bytes = stored,
          .plain_sha256 = std::string(64, 'a'),
          .stored_sha256 = std::string(64, 'b'),
          .etag = "not told",
          .stored_at = 1'764'400'503};
}

UploadJob Job() {
  UploadJob job;
  job.objects = {{"report.json", true}, {"vmcore-dmesg.txt", true}, {"vmcore", false}};
  job.about = {{"id", "20261122t080648z-96352cce4195fa04"},
               {"cluster", "lab"},
               {"node", "node-1"},
               {"crash_time", "2026-11-22T08:06:48Z"},
               {"kernel_release", "6.1.0-56-amd64"},
               {"dump_state", "complete"},
               {"signature", "v1-422c1f3a29b4b724"},
               {"duplicate_of", ""}};
  job.target.name = "central";
  job.target.redact_log = true;
  return job;
}
const Objects kObjects{{"report.json", Stored(UploadProof::kEtag, 10, 10)},
                       {"vmcore-dmesg.txt", Stored(UploadProof::kChecksum, 20, 20)},
                       {"vmcore.age", Stored(UploadProof::kReadBack, 30, 230)}};

TEST(ManifestJson, SaysWhatIsThere) {
  const std::string text = ManifestJson(Job(), kObjects, {"vmcore.age"});
  EXPECT_TRUE(text.ends_with("}\n"));
  const Json json = Json::parse(text);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["node"], "node-1");
  EXPECT_EQ(json["duplicate_of"], nullptr);
  ASSERT_EQ(json["objects"].size(), 3U);
  EXPECT_EQ(json["objects"][0]["redacted"], true);
  EXPECT_EQ(json["objects"][0]["encryption"], nullptr);
  EXPECT_EQ(json["objects"][2], (Json{{"name", "vmcore.age"},
                                      {"encryption", "age-v1"},
                                      {"redacted", false},
                                      {"plain_bytes", 30},
                                      {"plain_sha256", std::string(64, 'a')},
                                      {"stored_bytes", 230},
                                      {"stored_sha256", std::string(64, 'b')},
                                      {"proof", "read_back"},
                                      {"stored_at", "2025-11-29T07:15:03Z"}}));
}

TEST(ManifestJson, IsWhatItsSchemaSays) {
  UploadJob duplicate = Job();
  duplicate.about["duplicate_of"] = "20261120t234058z-0f3d22a9c1b0e7d4";
  duplicate.target.redact_log = false;
  std::string all = ManifestJson(Job(), kObjects, {"vmcore.age"});
  all += "," + ManifestJson(duplicate, {kObjects[0]}, {});
  all += "," + ManifestJson(UploadJob{}, {}, {});
  const auto [status, output] = CheckSchema("manifest", "[" + all + "]");
  if (status == 77) GTEST_SKIP() << "no python3-jsonschema";
  EXPECT_EQ(status, 0) << output;
}

TEST(ManifestJson, TheSchemaWantsAProof) {
  const Objects unproven{{"report.json", StoredObject{}}};
  const auto [status, output] =
      CheckSchema("manifest", "[" + ManifestJson(Job(), unproven, {}) + "]");
  if (status == 77) GTEST_SKIP() << "no python3-jsonschema";
  EXPECT_EQ(status, 1);
  EXPECT_NE(output.find("proof"), std::string::npos) << output;
}

}  // namespace
}  // namespace kdumpd
