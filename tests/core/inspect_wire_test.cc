// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspect_wire.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using namespace std::string_literals;

// What a reader makes of bytes that come in pieces of `step`: the frames as "P16 L5 F2", then how
// it stands: "." at a boundary, "..." within a frame, "!" refused.
std::string Read(const std::string& bytes, std::size_t step = 1 << 20) {
  FrameReader reader;
  std::string seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.Append(std::string_view(bytes).substr(at, step));
    for (;;) {
      const auto frame = reader.Next();
      if (!frame) {
        EXPECT_EQ(frame.error().code, ErrorCode::kInvalid);
        EXPECT_FALSE(reader.Next()) << "refused once, refused for ever";
        return seen + "!";
      }
      if (!*frame) break;
      seen += Cat(static_cast<char>((*frame)->type), (*frame)->payload.size(), " ");
    }
  }
  return seen + (reader.AtBoundary() ? "." : "...");
}

TEST(InspectWire, BytesOfAFrame) {
  EXPECT_EQ(Encode(FrameType::kLog, "<6>a\n"), "L\0\0\0\5<6>a\n"s);
  EXPECT_EQ(Encode(FrameType::kFacts, ""), "F\0\0\0\0"s);
  EXPECT_EQ(Encode(FrameType::kFacts, std::string(0x10203, 'x')).substr(0, 6), "F\0\1\2\3x"s);
  EXPECT_EQ(Encode(ProgressFrame{1, 0x102}), "P\0\0\0\20\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1\2"s);
}

TEST(InspectWire, FramesInAndOut) {
  const std::string progress = Encode(ProgressFrame{1, 2});
  const std::string log = Encode(FrameType::kLog, "line\n");
  const std::string facts = Encode(FrameType::kFacts, "{}");
  struct Row {
    const char* what;
    std::string bytes;
    const char* seen;
  };
  const std::vector<Row> rows{
      {"nothing", "", "."},
      {"facts alone", facts, "F2 ."},
      {"all kinds", progress + log + log + progress + facts, "P16 L5 L5 P16 F2 ."},
      {"no facts yet", log, "L5 ."},
      {"an empty frame", Encode(FrameType::kLog, "") + facts, "L0 F2 ."},
      {"half a head", "F\0\0"s, "..."},
      {"a head alone", "F\0\0\0\1"s, "..."},
      {"half a payload", facts.substr(0, 6), "..."},
      {"whole, then half", log + facts.substr(0, 3), "L5 ..."},
      {"unknown type", "X\0\0\0\0"s, "!"},
      {"unknown type, first byte only", "X", "!"},
      {"lower case", "f\0\0\0\0"s, "!"},
      {"type beyond ASCII", "\xff", "!"},
      {"a second answer", facts + facts, "F2 !"},
      {"log after the facts", facts + log, "F2 !"},
      {"one byte after the facts", facts + "F", "F2 !"},
      {"progress as long as allowed", "P\0\0\0\20"s + std::string(16, 'x'), "P16 ."},
      {"progress one too long", "P\0\0\0\21"s, "!"},
      {"log as long as allowed", "L\0\1\0\0"s + std::string(64 << 10, 'x'), "L65536 ."},
      {"log one too long", "L\0\1\0\1"s, "!"},
      {"facts as long as allowed", "F\0\4\0\0"s + std::string(256 << 10, 'x'), "F262144 ."},
      {"facts one too long", "F\0\4\0\1"s, "!"},
      {"the largest length there is", "F\xff\xff\xff\xff"s, "!"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Read(row.bytes), row.seen) << row.what;
    if (row.bytes.size() < 100) {
      EXPECT_EQ(Read(row.bytes, 1), row.seen) << row.what << ", byte by byte";
    }
  }
}

TEST(InspectWire, LinesArePackedIntoFrames) {
  struct Row {
    const char* what;
    std::vector<std::string> lines;
    const char* seen;
  };
  const std::string half = std::string(kMaxLogFrame / 2 - 1, 'x') + '\n';
  const std::vector<Row> rows{
      {"none", {}, "."},
      {"an empty one", {""}, "."},
      {"few", {"a\n", "bc\n"}, "L5 ."},
      {"as many as fit", {half, half}, "L65536 ."},
      {"one byte more", {half, half, "\n"}, "L65536 L1 ."},
      {"no room for the next", {half, "a\n", half}, "L32770 L32768 ."},
      {"many at once", {half + "a\n" + half}, "L32770 L32768 ."},
      {"too long", {std::string(kMaxLogFrame, 'x') + '\n'}, "L65536 L2 ."},
      {"too long after another", {"a\n", std::string(kMaxLogFrame, 'x') + '\n'}, "L2 L65536 L2 ."},
      {"without an end", {"a"}, "L2 ."},
  };
  for (const Row& row : rows) {
    std::string bytes;
    LogFrames frames([&bytes](std::string_view frame) { bytes += frame; });
    for (const std::string& line : row.lines) frames.Add(line);
    frames.Flush();
    EXPECT_EQ(Read(bytes), row.seen) << row.what;
  }
}

TEST(InspectWire, NoMoreLogIsPackedThanIsRead) {
  FrameReader reader;
  bool read = true;
  std::size_t frames = 0;
  LogFrames log([&](std::string_view frame) {
    reader.Append(frame);
    read = read && reader.Next();
    ++frames;
  });
  const std::string line = std::string(kMaxLogFrame - 1, 'x') + '\n';
  for (std::size_t i = 0; i < kMaxLogBytes / kMaxLogFrame + 3; ++i) log.Add(line);
  log.Flush();
  EXPECT_TRUE(read);
  EXPECT_EQ(frames, kMaxLogBytes / kMaxLogFrame);
}

TEST(InspectWire, LogHasABoundOfItsOwn) {
  const std::string frame = Encode(FrameType::kLog, std::string(kMaxLogFrame, 'x'));
  FrameReader reader;
  for (std::size_t got = 0; got < kMaxLogBytes; got += kMaxLogFrame) {
    reader.Append(frame);
    ASSERT_TRUE(reader.Next());
  }
  reader.Append(Encode(ProgressFrame{1, 1}));
  EXPECT_TRUE(reader.Next()) << "other frames may follow";
  reader.Append(Encode(FrameType::kLog, "x"));
  EXPECT_FALSE(reader.Next());
}

TEST(InspectWire, Progress) {
  const auto decoded = [](const ProgressFrame& progress) {
    return DecodeProgress(Encode(progress).substr(5));
  };
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const ProgressFrame& row : {ProgressFrame{0, 0}, ProgressFrame{0, 1}, ProgressFrame{7, 7},
                                   ProgressFrame{kMost - 1, kMost}}) {
    const auto progress = decoded(row);
    ASSERT_TRUE(progress) << progress.error().message;
    EXPECT_EQ(progress->done, row.done);
    EXPECT_EQ(progress->total, row.total);
  }
  EXPECT_FALSE(decoded({8, 7}));
  EXPECT_FALSE(DecodeProgress(""));
  EXPECT_FALSE(DecodeProgress(std::string(15, '\0')));
  EXPECT_FALSE(DecodeProgress(std::string(17, '\0')));
}

}  // namespace
}  // namespace kdumpd
