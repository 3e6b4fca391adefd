# Steps are what counts here, and a misaligned access is one step like any other. So nothing is ever aligned first:
# a length that is no multiple of the block size is done by a last block which overlaps the one before.
# Large copies take 35 steps per 128 bytes (0.27 per byte), backward ones 19 per 64 (0.30), fills 20 per 128 (0.16),
# comparisons 15 per 32 (0.47).
# All leave a0 (the return value of memcpy, memmove, memset) alone.

.cfi_sections .debug_frame

.macro function name
  .section .text.\name, "ax", @progbits
  .globl \name
  .type \name, @function
\name:
  .cfi_startproc
.endm

.macro end name
  .cfi_endproc
  .size \name, . - \name
.endm

# 64 bytes, all loaded before any is stored, so that source and destination may overlap.
.macro copy64 to, from, offset
  ld t0, \offset + 0(\from)
  ld t1, \offset + 8(\from)
  ld t2, \offset + 16(\from)
  ld t3, \offset + 24(\from)
  ld t4, \offset + 32(\from)
  ld t5, \offset + 40(\from)
  ld t6, \offset + 48(\from)
  ld a7, \offset + 56(\from)
  sd t0, \offset + 0(\to)
  sd t1, \offset + 8(\to)
  sd t2, \offset + 16(\to)
  sd t3, \offset + 24(\to)
  sd t4, \offset + 32(\to)
  sd t5, \offset + 40(\to)
  sd t6, \offset + 48(\to)
  sd a7, \offset + 56(\to)
.endm

# memcpy(a0: to, a1: from, a2: bytes) and memmove(the same) in one: forward copying is right for every overlap with
# to < from, and blocks of up to 64 bytes are right for all.
function memmove
  sub a5, a0, a1
  bgeu a5, a2, memcpy           # from <= to < from + bytes is the only harmful overlap
  li a4, 64
  bgeu a4, a2, memcpy
  add a5, a0, a2                # end of the destination
  add a6, a1, a2
  addi a4, a0, 64
1:                              # backward, while more than 64 bytes are left
  addi a5, a5, -64
  addi a6, a6, -64
  copy64 a5, a6, 0
  bltu a4, a5, 1b
  sub a2, a5, a0
  mv a3, a0
  j .Lcopy
  end memmove

function memcpy
  mv a3, a0
.Lcopy:                         # to a3; the shorter, the sooner it is found
  li a4, 16
  bltu a4, a2, .Lcopy_over_16
  li a4, 8
  bltu a2, a4, .Lcopy_below_8
  add a5, a1, a2
  add a6, a3, a2
  ld t0, 0(a1)
  ld t1, -8(a5)
  sd t0, 0(a3)
  sd t1, -8(a6)
  ret
.Lcopy_over_16:
  li a4, 64
  bgeu a4, a2, .Lcopy_17_to_64
  li a4, 128
  bltu a2, a4, 2f
1:
  copy64 a3, a1, 0
  copy64 a3, a1, 64
  addi a2, a2, -128
  addi a3, a3, 128
  addi a1, a1, 128
  bgeu a2, a4, 1b
2:                              # below 128
  li a4, 64
  bgeu a4, a2, .Lcopy
  copy64 a3, a1, 0
  addi a2, a2, -64
  addi a3, a3, 64
  addi a1, a1, 64
  j .Lcopy
.Lcopy_17_to_64:
  add a5, a1, a2
  add a6, a3, a2
  li a4, 32
  bltu a4, a2, .Lcopy_33_to_64
  ld t0, 0(a1)
  ld t1, 8(a1)
  ld t2, -16(a5)
  ld t3, -8(a5)
  sd t0, 0(a3)
  sd t1, 8(a3)
  sd t2, -16(a6)
  sd t3, -8(a6)
  ret
.Lcopy_33_to_64:
  ld t0, 0(a1)
  ld t1, 8(a1)
  ld t2, 16(a1)
  ld t3, 24(a1)
  ld t4, -32(a5)
  ld t5, -24(a5)
  ld t6, -16(a5)
  ld a7, -8(a5)
  sd t0, 0(a3)
  sd t1, 8(a3)
  sd t2, 16(a3)
  sd t3, 24(a3)
  sd t4, -32(a6)
  sd t5, -24(a6)
  sd t6, -16(a6)
  sd a7, -8(a6)
  ret
.Lcopy_below_8:
  add a5, a1, a2
  add a6, a3, a2
  li a4, 4
  bltu a2, a4, .Lcopy_below_4
  lw t0, 0(a1)
  lw t1, -4(a5)
  sw t0, 0(a3)
  sw t1, -4(a6)
  ret
.Lcopy_below_4:
  beqz a2, 1f
  lbu t0, 0(a1)
  lbu t1, -1(a5)
  srli a4, a2, 1                # offset of the middle byte: 0, 1 or 1
  add a1, a1, a4
  lbu t2, 0(a1)
  add a4, a3, a4
  sb t2, 0(a4)
  sb t0, 0(a3)
  sb t1, -1(a6)
1:
  ret
  end memcpy

# memset(a0: to, a1: byte, a2: bytes)
function memset
  add a6, a0, a2                # end
  andi a1, a1, 0xff
  beqz a1, 1f
  slli a3, a1, 8
  or a1, a1, a3
  slli a3, a1, 16
  or a1, a1, a3
  slli a3, a1, 32
  or a1, a1, a3
1:
  li a4, 16
  bgeu a4, a2, .Lfill_to_16
  mv a3, a0
  li a4, 128
  bltu a2, a4, .Lfill_below_128
2:
  .irp offset, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
  sd a1, \offset(a3)
  .endr
  addi a2, a2, -128
  addi a3, a3, 128
  bgeu a2, a4, 2b
.Lfill_below_128:
  li a4, 32
  bgeu a4, a2, 4f
3:                              # while more than 32 bytes are left
  .irp offset, 0, 8, 16, 24
  sd a1, \offset(a3)
  .endr
  addi a2, a2, -32
  addi a3, a3, 32
  bltu a4, a2, 3b
4:                              # up to 32 bytes, after at least 17 in all
  li a4, 16
  bgeu a4, a2, 5f
  sd a1, 0(a3)
  sd a1, 8(a3)
5:                              # the last 16 bytes, of which some or all may be done already
  sd a1, -16(a6)
  sd a1, -8(a6)
  ret
.Lfill_to_16:
  li a4, 8
  bltu a2, a4, 6f
  sd a1, 0(a0)
  sd a1, -8(a6)
  ret
6:
  li a4, 4
  bltu a2, a4, 7f
  sw a1, 0(a0)
  sw a1, -4(a6)
  ret
7:
  beqz a2, 8f
  sb a1, 0(a0)
  sb a1, -1(a6)
  srli a2, a2, 1
  add a2, a0, a2
  sb a1, 0(a2)
8:
  ret
  end memset

# memcmp(a0, a1, a2: bytes): the sign of the first difference as unsigned bytes. bcmp wants less, and gets the same.
  .globl bcmp
  .type bcmp, @function
function memcmp
bcmp:
  li a4, 8
  bltu a2, a4, .Lcompare_below_8
  add a5, a0, a2
  addi a5, a5, -8               # the last 8 bytes of the first
  addi a4, a2, -8
  add a6, a1, a4                # and of the second
  addi a7, a5, -24              # while a0 <= a7 there are 32 bytes
  bltu a7, a0, 2f
1:
  ld t0, 0(a0)
  ld t1, 0(a1)
  bne t0, t1, .Lcompare_words
  ld t0, 8(a0)
  ld t1, 8(a1)
  bne t0, t1, .Lcompare_words
  ld t0, 16(a0)
  ld t1, 16(a1)
  bne t0, t1, .Lcompare_words
  ld t0, 24(a0)
  ld t1, 24(a1)
  bne t0, t1, .Lcompare_words
  addi a0, a0, 32
  addi a1, a1, 32
  bgeu a7, a0, 1b
2:
  bgeu a0, a5, 4f
3:
  ld t0, 0(a0)
  ld t1, 0(a1)
  bne t0, t1, .Lcompare_words
  addi a0, a0, 8
  addi a1, a1, 8
  bltu a0, a5, 3b
4:
  ld t0, 0(a5)
  ld t1, 0(a6)
  bne t0, t1, .Lcompare_words
  li a0, 0
  ret
.Lcompare_below_8:
  li a4, 4
  bltu a2, a4, 5f
  lwu t0, 0(a0)
  lwu t1, 0(a1)
  bne t0, t1, .Lcompare_words
  add a5, a0, a2
  add a6, a1, a2
  lwu t0, -4(a5)
  lwu t1, -4(a6)
  bne t0, t1, .Lcompare_words
  li a0, 0
  ret
5:
  add a5, a0, a2
6:
  beq a0, a5, 7f
  lbu t0, 0(a0)
  lbu t1, 0(a1)
  addi a0, a0, 1
  addi a1, a1, 1
  beq t0, t1, 6b
  sub a0, t0, t1
  ret
7:
  li a0, 0
  ret
.Lcompare_words:                # t0 != t1: the lowest byte that differs decides
  xor t2, t0, t1
  slli t3, t2, 32               # in the upper half?
  bnez t3, 8f
  srli t0, t0, 32
  srli t1, t1, 32
  srli t2, t2, 32
8:
  andi t3, t2, 0xff
  bnez t3, 9f
  srli t0, t0, 8
  srli t1, t1, 8
  srli t2, t2, 8
  j 8b
9:
  andi t0, t0, 0xff
  andi t1, t1, 0xff
  sub a0, t0, t1
  ret
  end memcmp
  .size bcmp, . - bcmp

# strlen(a0): aligned words, so that nothing past the word with the NUL is read.
function strlen
  mv a1, a0
1:
  andi a2, a1, 7
  beqz a2, 2f
  lbu a3, 0(a1)
  beqz a3, 5f
  addi a1, a1, 1
  j 1b
2:
  li a4, 0x0101010101010101
  slli a5, a4, 7
3:                              # (word - 0x01…) & ~word & 0x80…: not zero iff the word has a NUL
  ld a3, 0(a1)
  sub a6, a3, a4
  not a3, a3
  and a6, a6, a3
  and a6, a6, a5
  addi a1, a1, 8
  beqz a6, 3b
  addi a1, a1, -8
4:
  lbu a3, 0(a1)
  beqz a3, 5f
  addi a1, a1, 1
  j 4b
5:
  sub a0, a1, a0
  ret
  end strlen
