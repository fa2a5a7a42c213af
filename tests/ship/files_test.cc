// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/support/as_nobody.h"
#include "tests/support/store_checks.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() { tree_.MakeDirectory("share"); }
  [[nodiscard]] Store At(const std::string& directory) const {
    const std::string path = tree_.path() + "/" + directory;
    return {[path] { return OpenFiles(InputFor("file://" + path)); }, path};
  }
  [[nodiscard]] Uploaded<void> Send(const std::string& name, const std::string& text) const {
    SeenSteps steps;
    auto source = TextSource(text);
    return Opened(store_)->Send(name, *source, steps);
  }

  Tree tree_{""};
  Store store_ = At("share");
};

TEST_F(Files, RoundTrips) { ExpectRoundTrips(store_); }
TEST_F(Files, TamperingIsSeen) { ExpectTamperingSeen(store_); }
TEST_F(Files, Careful) { ExpectCarefulSending(store_); }
TEST_F(Files, GoesOnWhereItStopped) { ExpectResumes(store_, "d/.vmcore.part"); }

TEST_F(Files, ADirectoryThatIsNotThereIsNotMade) {
  const Store none = At("none");
  SeenSteps steps;
  auto source = TextSource("x");
  const auto sent = Opened(none)->Send("a/b", *source, steps);
  ExpectProblem(sent, UploadProblem::kRefused);
  EXPECT_TRUE(sent.error().message.starts_with("expected a mounted directory"))
      << sent.error().message;
  EXPECT_FALSE(fs::exists(none.directory));
}

TEST_F(Files, PathMayHaveLinksAndEncodedCharacters) {
  tree_.MakeDirectory("real one");
  tree_.Link("real one", "link");
  const Store store{[&] { return OpenFiles(InputFor("file://" + tree_.path() + "/link/")); },
                    tree_.path() + "/real one"};
  Put(*Opened(store), "a", "1");
  const auto encoded = OpenFiles(InputFor("file://" + tree_.path() + "/real%20one"));
  ASSERT_TRUE(encoded);
  EXPECT_TRUE(Verified(**encoded, "a", "1"));
}

TEST_F(Files, NoPlantedLinkLeadsOut) {
  tree_.MakeDirectory("outside/deep");
  tree_.Write("outside/file", "precious");
  const fs::path share = store_.directory;
  tree_.Link("../outside", "share/directory");
  tree_.Link("../outside/file", "share/vmcore");
  tree_.Link("../outside/file", "share/.part.part");
  tree_.Link("../outside/new", "share/.new.part");
  fs::create_hard_link(share / "../outside/file", share / ".hard.part");
  ExpectProblem(Send("directory/x", "1"), UploadProblem::kRefused);
  ExpectProblem(Send("directory/deep/x", "1"), UploadProblem::kRefused);
  for (const std::string name : {"vmcore", "part", "new", "hard"}) {
    EXPECT_TRUE(Send(name, "ours")) << name;
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(share / name))) << name;
    EXPECT_EQ(FileText(share / name), "ours") << name;
  }
  EXPECT_EQ(FileText(share / "../outside/file"), "precious");
  EXPECT_FALSE(fs::exists(share / "../outside/x"));
  EXPECT_FALSE(fs::exists(share / "../outside/new"));
  EXPECT_TRUE(fs::is_empty(share / "../outside/deep"));
  // Nor is anything read through one, however right it is.
  tree_.Write("outside/right", "right");
  tree_.Link("../outside/right", "share/right");
  ExpectProblem(Verified(*Opened(store_), "right", "right"), UploadProblem::kMismatch);
}

TEST_F(Files, APipeDoesNotHoldIt) {
  ASSERT_EQ(mkfifo((store_.directory / "vmcore").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo((store_.directory / ".vmcore.part").c_str(), 0600), 0);
  ExpectProblem(Verified(*Opened(store_), "vmcore", "x"), UploadProblem::kMismatch);
  EXPECT_TRUE(Send("vmcore", "x"));
}

TEST_F(Files, WhatIsMadeIsForItsOwnerAlone) {
  ASSERT_TRUE(Send("a/vmcore", "x"));
  for (const char* name : {"a", "a/vmcore"}) {
    struct stat status{};
    ASSERT_EQ(stat((store_.directory / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0U) << name;
  }
}

TEST_F(Files, NoPermissionIsRefused) {
  chmod(tree_.path().c_str(), 0755);
  const AsNobody nobody;
  const auto sent = Send("a", "x");
  ExpectProblem(sent, UploadProblem::kRefused);
  EXPECT_TRUE(sent.error().message.ends_with("Permission denied")) << sent.error().message;
}

TEST_F(Files, AFullShareIsRefusedAndGoneOnWithWhenThereIsSpace) {
  if (mount("none", store_.directory.c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "no file system can be mounted here";
  }
  const std::string text = Noise(3 << 20);
  const auto sent = Send("d/vmcore", text);
  ExpectProblem(sent, UploadProblem::kRefused);
  EXPECT_TRUE(sent.error().message.ends_with("No space left on device")) << sent.error().message;
  EXPECT_FALSE(fs::exists(store_.directory / "d/vmcore"));
  EXPECT_EQ(mount("none", store_.directory.c_str(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
  SeenSteps steps;
  WatchedSource source(text);
  EXPECT_TRUE(Opened(store_)->Send("d/vmcore", source, steps));
  EXPECT_EQ(source.reads, text.size()) << "nothing is sent again";
  EXPECT_TRUE(FileText(store_.directory / "d/vmcore") == text);
  EXPECT_EQ(umount2(store_.directory.c_str(), MNT_DETACH), 0);
}

TEST_F(Files, CleanUpTakesThePartOfWhatIsThere) {
  Overwrite(store_.directory / "d/.vmcore.part", "x");
  SeenSteps steps;
  Opened(store_)->CleanUp("d/vmcore", steps);
  EXPECT_TRUE(fs::exists(store_.directory / "d/.vmcore.part")) << "it may be gone on with";
  Overwrite(store_.directory / "d/vmcore", "x");
  Opened(store_)->CleanUp("d/vmcore", steps);
  EXPECT_FALSE(fs::exists(store_.directory / "d/.vmcore.part"));
}

TEST_F(Files, UnfitUrls) {
  for (const std::string url : {"file://", "file:///", "file:///a/../b", "file:///a%0ab",
                                "file:///a?b", "http:///a", "nonsense"}) {
    ExpectProblem(OpenFiles(InputFor(url)), UploadProblem::kConfig, url);
  }
}

}  // namespace
}  // namespace kdumpd
