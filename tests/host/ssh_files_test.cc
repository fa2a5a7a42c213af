// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/ssh_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo:
  20 1 253:1 / / rw - xfs /dev/mapper/rhel-root rw
proc/sys/kernel/osrelease: 5.14.0
etc/os-release: ID=rhel
etc/kdump.conf: ssh kdump@backup
root/.ssh/kdump_id_rsa: -----BEGIN RSA PRIVATE KEY-----
root/.ssh/kdump_id_rsa.pub: ssh-rsa AAAA
root/.ssh/known_hosts: backup ssh-rsa AAAA
)";

SshTarget LookAtSsh(const Tree& tree) {
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.target_ssh.known()) << facts.target_ssh.why();
  return facts.target_ssh.ValueOr({});
}

TEST(SshFiles, ReadsTheDefaultKey) {
  const Tree tree(kNode);
  ASSERT_EQ(chmod((tree.path() + "/root/.ssh/kdump_id_rsa").c_str(), 0640), 0);
  const SshTarget ssh = LookAtSsh(tree);
  ASSERT_TRUE(ssh.key.known()) << ssh.key.why();
  EXPECT_EQ(ssh.key->path, "/root/.ssh/kdump_id_rsa");
  EXPECT_EQ(ssh.key->mode, 0640U);
  EXPECT_EQ(ssh.key->key.format, "RSA");
  EXPECT_FALSE(ssh.key->configured);
  EXPECT_TRUE(ssh.key->public_exists);
  EXPECT_TRUE(ssh.missing_key.empty());
  EXPECT_TRUE(ssh.known.Is(KnownHost::kYes));
  EXPECT_EQ(ssh.known.source(), "/root/.ssh/known_hosts");
  EXPECT_TRUE(ssh.alias.absent());
  EXPECT_FALSE(ssh.fips);
}

TEST(SshFiles, LooksForTheKeyWhereTheToolDoes) {
  struct Row {
    const char* name;
    const char* picture;
    const char* path;  // "": none
    bool configured;
    const char* missing;
  };
  const std::vector<Row> rows{
      {"sshkey", "etc/kdump.conf:\n  ssh kdump@backup\n  sshkey /etc/key\netc/key: x", "/etc/key",
       true, ""},
      {"sshkey that is not there", "etc/kdump.conf:\n  ssh kdump@backup\n  sshkey /etc/key",
       "/root/.ssh/kdump_id_rsa", false, "/etc/key"},
      {"Debian", "etc/os-release: ID=debian\netc/default/kdump-tools: SSH=kdump@backup",
       "/root/.ssh/kdump_id_rsa", false, ""},
      {"Debian does not fall back",
       "etc/os-release: ID=debian\netc/default/kdump-tools:\n  SSH=kdump@backup\n  "
       "SSH_KEY=/etc/key",
       "", false, ""},
      {"SUSE", "etc/os-release: ID=sles\netc/sysconfig/kdump: KDUMP_SAVEDIR=ssh://kdump@backup/d",
       "", false, ""},
      {"SUSE, the second of the usual ones",
       "etc/os-release: ID=sles\netc/sysconfig/kdump: KDUMP_SAVEDIR=ssh://kdump@backup/d\n"
       "root/.ssh/id_ecdsa: x",
       "/root/.ssh/id_ecdsa", false, ""},
      {"SUSE, by a name below /root/.ssh",
       "etc/os-release: ID=sles\netc/sysconfig/kdump:\n  KDUMP_SAVEDIR=sftp://kdump@backup/d\n"
       "  KDUMP_SSH_IDENTITY=\"gone kdump_id_rsa\"",
       "/root/.ssh/kdump_id_rsa", true, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Tree tree(kNode);
    tree.Add(row.picture);
    const SshTarget ssh = LookAtSsh(tree);
    EXPECT_EQ(ssh.key.known() ? ssh.key->path : "", row.path);
    EXPECT_EQ(ssh.key.absent(), row.path == std::string());
    EXPECT_EQ(ssh.key.ValueOr({}).configured, row.configured);
    EXPECT_EQ(ssh.missing_key, row.missing);
  }
}

TEST(SshFiles, TellsWhatCannotBeRead) {
  const Tree tree(kNode);
  for (const char* name : {"root/.ssh/kdump_id_rsa", "root/.ssh/known_hosts"}) tree.Remove(name);
  ASSERT_EQ(mkfifo((tree.path() + "/root/.ssh/kdump_id_rsa").c_str(), 0600), 0);
  tree.MakeDirectory("root/.ssh/known_hosts");
  tree.Write("etc/ssh/ssh_config", std::string(65 << 10, '#'));
  const SshTarget ssh = LookAtSsh(tree);
  EXPECT_TRUE(ssh.key.unreadable());
  EXPECT_TRUE(ssh.known.unreadable());
  EXPECT_TRUE(ssh.alias.unreadable());
}

TEST(SshFiles, LooksForTheHostInEachFile) {
  const Tree tree(kNode);
  tree.Remove("root/.ssh/known_hosts");
  EXPECT_TRUE(LookAtSsh(tree).known.Is(KnownHost::kNo));
  tree.Add("etc/ssh/ssh_known_hosts: backup ssh-rsa AAAA");
  EXPECT_TRUE(LookAtSsh(tree).known.Is(KnownHost::kYes));
  tree.Add("root/.ssh/known_hosts: @revoked * ssh-rsa AAAA");
  EXPECT_TRUE(LookAtSsh(tree).known.Is(KnownHost::kRevoked)) << "a key is revoked everywhere";
  // ssh-keygen -F reads one file.
  tree.Add("etc/os-release: ID=sles\netc/sysconfig/kdump: KDUMP_SAVEDIR=ssh://kdump@backup/d\n");
  EXPECT_TRUE(LookAtSsh(tree).known.Is(KnownHost::kNo));
}

TEST(SshFiles, FindsAliases) {
  const Tree tree(kNode);
  tree.Add(
      "root/.ssh/config:\n  Host backup\n    User kdump\n"
      "etc/ssh/ssh_config:\n  Host backup\n    HostName b.example.com\n");
  EXPECT_TRUE(LookAtSsh(tree).alias.Is("b.example.com"));
  tree.Add("root/.ssh/config:\n  Host backup\n    HostName backup\n");
  EXPECT_TRUE(LookAtSsh(tree).alias.absent()) << "the first HostName counts, and it is no other";
  tree.Add("root/.ssh/config:\n  Host other\n");
  tree.Add("etc/ssh/ssh_config: HostName b.example.com");
  EXPECT_TRUE(LookAtSsh(tree).alias.Is("b.example.com")) << "a block ends with its file";
}

TEST(SshFiles, ReadsFips) {
  const Tree tree(kNode);
  tree.Add("proc/sys/crypto/fips_enabled: 1");
  EXPECT_TRUE(LookAtSsh(tree).fips);
}

}  // namespace
}  // namespace kdumpd
