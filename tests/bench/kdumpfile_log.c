// SPDX-License-Identifier: Apache-2.0
// kdumpfile_log try|never DUMP OUT: what a node wants of a dump, by libkdumpfile: release, host
// name and VMCOREINFO to standard output, the kernel log (lockless ring, Linux 5.10 and later) to
// OUT as `dmesg` prints it. The first word is the library's policy of mapping the file; `try` is
// its default.
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kdump_ctx_t* dump;
static char* notes;

static void Check(kdump_status status, const char* what) {
  if (status == KDUMP_OK) return;
  fprintf(stderr, "%s: %s\n", what, kdump_get_err(dump));
  exit(1);
}

// Of a line "KIND(name)=number" of VMCOREINFO.
static uint64_t Note(const char* kind, const char* name) {
  char key[128];
  const int length = snprintf(key, sizeof key, "%s(%s)=", kind, name);
  for (const char* line = notes; line != NULL && *line != 0;) {
    if (strncmp(line, key, (size_t)length) == 0)
      return strtoull(line + length, NULL, kind[1] == 'Y' ? 16 : 10);
    line = strchr(line, '\n');
    if (line != NULL) ++line;
  }
  fprintf(stderr, "VMCOREINFO has no %s\n", key);
  exit(1);
}

static uint64_t Offset(const char* name) { return Note("OFFSET", name); }

static char* Read(uint64_t address, uint64_t size) {
  char* bytes = malloc(size);
  size_t length = size;
  if (bytes == NULL) exit(1);
  Check(kdump_read(dump, KDUMP_KVADDR, address, bytes, &length), "reading memory");
  return bytes;
}

static uint64_t Number(const char* bytes, size_t size) {
  uint64_t value = 0;
  memcpy(&value, bytes, size);
  return value;
}

struct Ring {
  uint64_t count, newest, oldest, descriptor_size, info_size, text_size;
  char *descriptors, *infos, *text;
};

static struct Ring ReadRing(void) {
  char* pointer = Read(Note("SYMBOL", "prb"), 8);
  char* whole = Read(Number(pointer, 8), Note("SIZE", "printk_ringbuffer"));
  const char* descriptors = whole + Offset("printk_ringbuffer.desc_ring");
  const char* text = whole + Offset("printk_ringbuffer.text_data_ring");
  struct Ring ring;
  ring.count = 1ULL << Number(descriptors + Offset("prb_desc_ring.count_bits"), 4);
  ring.newest = Number(descriptors + Offset("prb_desc_ring.head_id"), 8);
  ring.oldest = Number(descriptors + Offset("prb_desc_ring.tail_id"), 8);
  ring.descriptor_size = Note("SIZE", "prb_desc");
  ring.info_size = Note("SIZE", "printk_info");
  ring.text_size = 1ULL << Number(text + Offset("prb_data_ring.size_bits"), 4);
  ring.descriptors = Read(Number(descriptors + Offset("prb_desc_ring.descs"), 8),
                          ring.count * ring.descriptor_size);
  ring.infos =
      Read(Number(descriptors + Offset("prb_desc_ring.infos"), 8), ring.count * ring.info_size);
  ring.text = Read(Number(text + Offset("prb_data_ring.data"), 8), ring.text_size);
  return ring;
}

static void Print(FILE* out, uint64_t nanoseconds, const char* text, uint64_t length) {
  const unsigned long long second = nanoseconds / 1000000000,
                           rest = nanoseconds % 1000000000 / 1000;
  fprintf(out, "[%5llu.%06llu] ", second, rest);
  for (uint64_t i = 0; i < length; ++i) {
    const unsigned char byte = (unsigned char)text[i];
    if (byte == '\n') {
      fprintf(out, "\n[%5llu.%06llu] ", second, rest);
    } else if ((byte < ' ' && byte != '\t') || byte >= 0x7f) {
      fprintf(out, "\\x%02x", byte);
    } else {
      putc(byte, out);
    }
  }
  putc('\n', out);
}

// A record's text; NULL when it has none. A block that wraps around is at the beginning of the ring
// (kernel/printk/printk_ringbuffer.c: get_data).
static const char* Text(const struct Ring* ring, uint64_t begin, uint64_t next, uint64_t* length) {
  if ((begin & 1) != 0) return NULL;
  const uint64_t at = (begin ^ (next - 1)) & ~(ring->text_size - 1) ? 0 : begin % ring->text_size;
  if (at + 8 + *length > ring->text_size) *length = 0;
  return ring->text + at + 8;
}

static void PrintRing(const struct Ring* ring, FILE* out) {
  const uint64_t state_at = Offset("prb_desc.state_var") + Offset("atomic_long_t.counter");
  const uint64_t position_at = Offset("prb_desc.text_blk_lpos");
  const uint64_t begin_at = position_at + Offset("prb_data_blk_lpos.begin");
  const uint64_t next_at = position_at + Offset("prb_data_blk_lpos.next");
  const uint64_t time_at = Offset("printk_info.ts_nsec"),
                 length_at = Offset("printk_info.text_len");
  const uint64_t id_mask = ~(3ULL << 62);
  for (uint64_t id = ring->oldest;; id = (id + 1) & id_mask) {
    const char* descriptor = ring->descriptors + id % ring->count * ring->descriptor_size;
    const char* info = ring->infos + id % ring->count * ring->info_size;
    const uint64_t state = Number(descriptor + state_at, 8);
    uint64_t length = Number(info + length_at, 2);
    const char* text =
        Text(ring, Number(descriptor + begin_at, 8), Number(descriptor + next_at, 8), &length);
    // Committed or finalized, and still this record's.
    if ((state & id_mask) == id && (state >> 62 == 1 || state >> 62 == 2) && text != NULL)
      Print(out, Number(info + time_at, 8), text, length);
    if (id == ring->newest) return;
  }
}

int main(int count, char** words) {
  if (count != 4) {
    fprintf(stderr, "usage: kdumpfile_log try|never DUMP OUT\n");
    return 64;
  }
  dump = kdump_new();
  if (dump == NULL) return 1;
  if (strcmp(words[1], "never") == 0)
    Check(kdump_set_number_attr(dump, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER), "policy");
  Check(kdump_open_fd(dump, open(words[2], O_RDONLY | O_CLOEXEC)), "opening");
  Check(kdump_set_string_attr(dump, "addrxlat.ostype", "linux"), "operating system");
  Check(kdump_vmcoreinfo_raw(dump, &notes), "VMCOREINFO");
  const char *release = "", *node = "";
  kdump_get_string_attr(dump, "linux.uts.release", &release);
  kdump_get_string_attr(dump, "linux.uts.nodename", &node);  // an ELF core has none
  printf("%s %s\n%s", release, node, notes);
  FILE* out = fopen(words[3], "w");
  if (out == NULL) return 1;
  const struct Ring ring = ReadRing();
  PrintRing(&ring, out);
  return fclose(out) == 0 ? 0 : 1;
}
