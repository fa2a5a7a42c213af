// SPDX-License-Identifier: Apache-2.0
// Against OpenSSH's server.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "tests/support/real_servers.h"
#include "tests/support/store_checks.h"

// libssh2 1.10 forgets two numbers of each signature by an ECDSA key (24 bytes each). To know that
// they are its own, the address sanitizer must see through libraries without frame pointers.
extern "C" const char* __asan_default_options() { return "fast_unwind_on_malloc=0"; }
extern "C" const char* __lsan_default_suppressions() { return "leak:libssh2"; }

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

class Sftp : public testing::Test {
 protected:
  [[nodiscard]] SinkInput Input() const {
    SinkInput input = InputFor(server_.Url());
    input.target.host_key = server_.Fingerprint("host");
    input.target.key_file = server_.Path("key");
    return input;
  }
  [[nodiscard]] static Uploaded<void> Send(const SinkInput& input) {
    auto sink = OpenSftp(input);
    if (!sink) return std::unexpected(sink.error());
    SeenSteps steps;
    auto source = TextSource("secret");
    return (*sink)->Send("d/vmcore", *source, steps);
  }

  Sshd server_;
  Store store_{[this] { return OpenSftp(Input()); }, server_.store()};
};

TEST_F(Sftp, RoundTrips) { ExpectRoundTrips(store_); }
TEST_F(Sftp, TamperingIsSeen) { ExpectTamperingSeen(store_); }
TEST_F(Sftp, Careful) { ExpectCarefulSending(store_); }
TEST_F(Sftp, GoesOnWhereItStopped) { ExpectResumes(store_, "d/vmcore.part"); }

// libcurl alone sends to whoever answers when nothing says who is expected.
TEST_F(Sftp, OnlyToTheHostThatIsExpected) {
  server_.Know("host", "known");
  server_.Know("other", "wrong");
  std::ofstream(server_.Path("nobody"));
  struct Row {
    std::string_view what;
    std::string host_key, known_hosts;
    UploadProblem problem;
  };
  const std::string right = server_.Fingerprint("host");
  const std::string wrong = server_.Fingerprint("other");
  for (const Row& row : std::vector<Row>{
           {"pin", right, "", UploadProblem::kNone},
           {"known", "", "known", UploadProblem::kNone},
           {"wrong pin", wrong, "", UploadProblem::kTrust},
           {"another key is known", "", "wrong", UploadProblem::kTrust},
           {"nobody is known", "", "nobody", UploadProblem::kTrust},
           {"no file of the known", "", "missing", UploadProblem::kTrust},
           {"wrong pin, known", wrong, "known", UploadProblem::kTrust},
           {"neither", "", "", UploadProblem::kConfig},
           {"a pin of another hash", "MD5:aa:bb", "", UploadProblem::kConfig},
           {"an empty pin", "SHA256:", "", UploadProblem::kConfig},
       }) {
    fs::remove_all(server_.Path("store/d"));
    SinkInput input = Input();
    input.target.host_key = row.host_key;
    input.target.known_hosts = row.known_hosts.empty() ? "" : server_.Path(row.known_hosts);
    const auto sent = Send(input);
    if (row.problem == UploadProblem::kNone) {
      EXPECT_TRUE(sent) << row.what << ": " << sent.error().message;
      continue;
    }
    ExpectProblem(sent, row.problem, row.what);
    EXPECT_FALSE(fs::exists(server_.Path("store/d"))) << row.what;
  }
}

TEST_F(Sftp, Keys) {
  server_.MakeKey("sealed", "ed25519", "passphrase");
  std::ofstream(server_.Path("pem")) << "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n";
  std::ofstream(server_.Path("empty"));
  struct Row {
    std::string key;
    UploadProblem problem;
    std::string_view says;
  };
  for (const Row& row : std::vector<Row>{
           {"key", UploadProblem::kNone, ""},
           {"ecdsa", UploadProblem::kNone, ""},
           {"stranger", UploadProblem::kCredentials, "uthentication"},
           {"rsa", UploadProblem::kConfig, "RSA"},
           {"pem", UploadProblem::kConfig, "RSA"},
           {"sealed", UploadProblem::kConfig, "passphrase"},
           {"missing", UploadProblem::kCredentials, "No such file"},
           {"empty", UploadProblem::kCredentials, "empty"},
       }) {
    SinkInput input = Input();
    input.target.key_file = server_.Path(row.key);
    const auto sent = Send(input);
    if (row.problem == UploadProblem::kNone) {
      EXPECT_TRUE(sent) << row.key << ": " << sent.error().message;
      continue;
    }
    ExpectProblem(sent, row.problem, row.key);
    EXPECT_TRUE(sent.error().message.contains(row.says)) << sent.error().message;
  }
}

TEST_F(Sftp, NoPermissionIsRefusedAndIsNotAMissingFile) {
  SinkInput input = Input();
  input.target.user = "nobody";
  ExpectProblem(Send(input), UploadProblem::kRefused);
  Overwrite(fs::path(server_.store()) / "closed/vmcore", "x");
  fs::permissions(server_.Path("store/closed"), fs::perms::owner_all);
  const auto sink = Opened({[&] { return OpenSftp(input); }, {}});
  ExpectProblem(Verified(*sink, "closed/vmcore", "x"), UploadProblem::kRefused);
  ExpectProblem(Verified(*sink, "missing", "x"), UploadProblem::kMismatch);
}

TEST_F(Sftp, WhatIsMadeIsForItsOwnerAlone) {
  ASSERT_TRUE(Send(Input()));
  for (const char* name : {"store/d", "store/d/vmcore"}) {
    EXPECT_EQ(fs::status(server_.Path(name)).permissions() & fs::perms(077), fs::perms::none);
  }
}

TEST_F(Sftp, AConnectionThatBreaksIsTakenUpAgain) {
  WatchedSource source(Noise(4'000'000));
  source.most_counted = 1'000'000;
  int breaks = 0;
  source.reading = [&](std::uint64_t offset) {
    if (offset > 3'000'000 && breaks++ == 0) server_.KillChildren();
  };
  SeenSteps steps;
  const auto sent = Opened(store_)->Send("d/vmcore", source, steps);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_GT(breaks, 1) << "it broke, and was read further";
  EXPECT_LE(source.reads, 2'000'000U) << "sent once, compared once";
  EXPECT_TRUE(FileText(server_.Path("store/d/vmcore")) == source.text());
}

TEST_F(Sftp, AFullDiskIsRefusedAndGoneOnWithWhenThereIsSpace) {
  if (mount("none", server_.store().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "no file system can be mounted here";
  }
  WatchedSource source(Noise(3 << 20));
  SeenSteps steps;
  const auto full = Opened(store_)->Send("d/vmcore", source, steps);
  ExpectProblem(full, UploadProblem::kRefused);
  EXPECT_TRUE(full.error().message.contains("space")) << full.error().message;
  EXPECT_EQ(mount("none", server_.store().c_str(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
  const auto sent = Opened(store_)->Send("d/vmcore", source, steps);
  EXPECT_TRUE(sent) << sent.error().message;
  EXPECT_TRUE(FileText(server_.Path("store/d/vmcore")) == source.text());
  EXPECT_EQ(umount2(server_.store().c_str(), MNT_DETACH), 0);
}

TEST_F(Sftp, WhatIsNoFileIsRefused) {
  fs::create_directories(server_.Path("store/d/vmcore.part"));
  ExpectProblem(Send(Input()), UploadProblem::kRefused);
}

TEST_F(Sftp, NobodyThere) {
  server_.Stop();
  const auto sent = Send(Input());
  ExpectProblem(sent, UploadProblem::kUnreachable);
}

TEST_F(Sftp, UnfitUrls) {
  for (const std::string url : {"sftp://root@h", "sftp://root@h/", "sftp://h/a", "sftp:///a",
                                "sftp://root:word@h/a", "sftp://root@h/~/a", "http://root@h/a",
                                "sftp://root@h/a/../b", "sftp://root@h/a%0arm%20b"}) {
    SinkInput input = Input();
    input.target.url = url;
    ExpectProblem(OpenSftp(input), UploadProblem::kConfig, url);
  }
  SinkInput input = Input();
  input.target.key_file = "";
  ExpectProblem(OpenSftp(input), UploadProblem::kConfig);
}

}  // namespace
}  // namespace kdumpd
