// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/ship_doubles.h"

// What every store must do, whatever is behind it.
namespace kdumpd {

struct Store {
  std::function<Uploaded<std::unique_ptr<Sink>>()> open;
  std::filesystem::path directory;  // where the server keeps its objects
};

inline std::unique_ptr<Sink> Opened(const Store& store) {
  auto sink = store.open();
  EXPECT_TRUE(sink) << sink.error().message;
  return sink ? *std::move(sink) : nullptr;
}

template <class T>
void ExpectProblem(const Uploaded<T>& result, UploadProblem problem, std::string_view where = "") {
  ASSERT_FALSE(result) << where;
  EXPECT_EQ(Name(result.error().problem), Name(problem)) << where << result.error().message;
}

inline void Overwrite(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline void Put(Sink& sink, const std::string& name, const std::string& text) {
  SeenSteps steps;
  auto source = TextSource(text);
  const auto sent = sink.Send(name, *source, steps);
  ASSERT_TRUE(sent) << name << ": " << sent.error().message;
  ASSERT_FALSE(steps.sent.empty() && !text.empty());
}

inline Uploaded<StoredObject> Verified(Sink& sink, const std::string& name,
                                       const std::string& text) {
  SeenSteps steps;
  auto source = TextSource(text);
  return sink.Verify(name, *source, steps);
}

// All names and sizes; an object that is there is replaced; nothing else is left.
inline void ExpectRoundTrips(const Store& store) {
  const auto sink = Opened(store);
  const std::vector<std::pair<std::string, std::string>> objects{
      {"rack-1/node-1/202611300102/vmcore", Noise(3'000'001)},
      {"rack-1/node-1/202611300102/manifest.json", "{}\n"},
      {"top", "x"},
      {"empty", ""},
      {"a b/c \"d\" 'e'/f\\g%20h#?.txt", Noise(70'000, 2)},
      {"rack-1/node-1/202611300102/vmcore", Noise(2'000'000, 3)},
  };
  for (const auto& [name, text] : objects) {
    Put(*sink, name, text);
    EXPECT_TRUE(FileText(store.directory / name) == text) << name;
    SeenSteps steps;
    steps.journal.plan.emplace().mark.bytes = 7;
    auto source = TextSource(text);
    const auto stored = sink->Verify(name, *source, steps);
    ASSERT_TRUE(stored) << name << ": " << stored.error().message;
    EXPECT_EQ(Name(stored->proof), Name(UploadProof::kReadBack));
    EXPECT_EQ(stored->stored_bytes, text.size());
    EXPECT_EQ(stored->plain_bytes, 7U);
    EXPECT_EQ(stored->stored_sha256, Hex(Sha256(text)));
    EXPECT_EQ(stored->stored_at, 1'790'000'000);
    const auto confirmed = sink->Confirm(name, *stored);
    EXPECT_TRUE(confirmed) << name << ": " << confirmed.error().message;
    sink->CleanUp(name, steps);
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.directory)) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 5);
}

// What somebody did to an object after it was sent.
inline void ExpectTamperingSeen(const Store& store) {
  const auto sink = Opened(store);
  const std::string text = Noise(200'000);
  std::string flipped = text;
  flipped[150'000] = static_cast<char>(flipped[150'000] ^ 1);
  struct Row {
    std::string_view what;
    std::optional<std::string> becomes;
  };
  for (const Row& row : std::vector<Row>{{"one bit", flipped},
                                         {"shorter", text.substr(0, 199'999)},
                                         {"longer", text + "x"},
                                         {"empty", ""},
                                         {"missing", std::nullopt}}) {
    Put(*sink, "d/vmcore", text);
    SeenSteps steps;
    auto source = TextSource(text);
    const auto stored = sink->Verify("d/vmcore", *source, steps);
    ASSERT_TRUE(stored) << stored.error().message;
    std::filesystem::remove(store.directory / "d/vmcore");
    if (row.becomes) Overwrite(store.directory / "d/vmcore", *row.becomes);
    ExpectProblem(sink->Verify("d/vmcore", *source, steps), UploadProblem::kMismatch, row.what);
    ExpectProblem(sink->Confirm("d/vmcore", *stored), UploadProblem::kMismatch, row.what);
    // Sent again it is right again.
    Put(*sink, "d/vmcore", text);
    EXPECT_TRUE(sink->Confirm("d/vmcore", *stored)) << row.what;
  }
}

// What is there already is compared, not sent; what changed while it was sent gets no name.
inline void ExpectCarefulSending(const Store& store) {
  const auto sink = Opened(store);
  const std::string text = Noise(300'000);
  SeenSteps steps;
  WatchedSource changed(text);
  changed.changed = true;
  ExpectProblem(sink->Send("d/vmcore", changed, steps), UploadProblem::kChanged);
  Put(*sink, "d/vmcore", text);
  WatchedSource again(text);
  const auto before = std::filesystem::last_write_time(store.directory / "d/vmcore");
  ASSERT_TRUE(sink->Send("d/vmcore", again, steps));
  EXPECT_EQ(again.reads, text.size()) << "read once, to compare";
  EXPECT_EQ(std::filesystem::last_write_time(store.directory / "d/vmcore"), before);
  for (const std::string name : {"../x", "a/../x", "/x", "a//x", "a/", "", ".", "a\nb", "a/./b"}) {
    auto source = TextSource(text);
    ExpectProblem(sink->Send(name, *source, steps), UploadProblem::kConfig, name);
    ExpectProblem(sink->Verify(name, *source, steps), UploadProblem::kConfig, name);
  }
}

// A sink whose `part` stays and is gone on with. Each row: how much arrives before it breaks, and
// what somebody makes of that.
inline void ExpectResumes(const Store& store, const std::filesystem::path& part) {
  const std::string text = Noise(3'000'000);
  struct Row {
    std::string_view what;
    std::function<void(std::string&)> change;
    bool sent_again;  // of what was compared
  };
  for (const Row& row : std::vector<Row>{
           {"as it was", [](std::string&) {}, false},
           {"first byte", [](std::string& t) { t.front() ^= 1; }, true},
           {"last byte", [](std::string& t) { t.back() ^= 1; }, true},
           {"longer than the whole", [&](std::string& t) { t = text + "more"; }, false},
           {"as long as the whole", [&](std::string& t) { t = Noise(text.size(), 9); }, true},
           {"all of it", [&](std::string& t) { t = text; }, false},
       }) {
    std::filesystem::remove(store.directory / "d/vmcore");
    SeenSteps steps;
    WatchedSource broken(text);
    broken.breaks_at = 2'000'000;
    ExpectProblem(Opened(store)->Send("d/vmcore", broken, steps), UploadProblem::kSource);
    EXPECT_FALSE(std::filesystem::exists(store.directory / "d/vmcore"));
    ASSERT_TRUE(Eventually([&] {
      std::error_code none;
      return std::filesystem::file_size(store.directory / part, none) >= 1'000'000 && !none;
    })) << row.what;
    std::string there = FileText(store.directory / part);
    ASSERT_TRUE(text.starts_with(there)) << row.what;
    row.change(there);
    Overwrite(store.directory / part, there);

    WatchedSource source(text);
    source.most_counted = 1'000'000;
    const auto sent = Opened(store)->Send("d/vmcore", source, steps);
    ASSERT_TRUE(sent) << row.what << ": " << sent.error().message;
    EXPECT_TRUE(FileText(store.directory / "d/vmcore") == text) << row.what;
    EXPECT_FALSE(std::filesystem::exists(store.directory / part)) << row.what;
    EXPECT_EQ(steps.sent.back(), text.size());
    // To compare it is read once; a byte that is read twice is sent, too.
    EXPECT_EQ(source.reads > 1'000'000, row.sent_again) << row.what << ": " << source.reads;
    EXPECT_GE(source.reads, 1'000'000U) << row.what;
  }
}

}  // namespace kdumpd
