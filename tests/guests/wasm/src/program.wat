;; What the guest runs: a quicksort with an indirectly called comparison, and a Mandelbrot set in f64.
(module
  (import "host" "emit" (func $emit (param i64)))
  (memory 16)
  (type $compare (func (param i64 i64) (result i32)))
  (table funcref (elem $ascending $descending))

  (func $ascending (type $compare) (i64.lt_u (local.get 0) (local.get 1)))
  (func $descending (type $compare) (i64.gt_u (local.get 0) (local.get 1)))

  (func $at (param $index i32) (result i64)
    (i64.load (i32.shl (local.get $index) (i32.const 3))))
  (func $set (param $index i32) (param $value i64)
    (i64.store (i32.shl (local.get $index) (i32.const 3)) (local.get $value)))

  ;; Fills the first $count words with xorshift64.
  (func $fill (param $state i64) (param $count i32)
    (local $index i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (local.set $state (i64.xor (local.get $state) (i64.shl (local.get $state) (i64.const 13))))
        (local.set $state (i64.xor (local.get $state) (i64.shr_u (local.get $state) (i64.const 7))))
        (local.set $state (i64.xor (local.get $state) (i64.shl (local.get $state) (i64.const 17))))
        (call $set (local.get $index) (local.get $state))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next))))

  ;; Sorts the words $low..=$high by function $order of the table.
  (func $quicksort (param $low i32) (param $high i32) (param $order i32)
    (local $left i32) (local $right i32) (local $pivot i64) (local $swapped i64)
    (if (i32.ge_s (local.get $low) (local.get $high)) (then (return)))
    (local.set $left (local.get $low))
    (local.set $right (local.get $high))
    (local.set $pivot (call $at (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1))))
    (loop $partition
      (loop $advance
        (if (call_indirect (type $compare) (call $at (local.get $left)) (local.get $pivot) (local.get $order))
          (then (local.set $left (i32.add (local.get $left) (i32.const 1))) (br $advance))))
      (loop $retreat
        (if (call_indirect (type $compare) (local.get $pivot) (call $at (local.get $right)) (local.get $order))
          (then (local.set $right (i32.sub (local.get $right) (i32.const 1))) (br $retreat))))
      (if (i32.le_s (local.get $left) (local.get $right))
        (then
          (local.set $swapped (call $at (local.get $left)))
          (call $set (local.get $left) (call $at (local.get $right)))
          (call $set (local.get $right) (local.get $swapped))
          (local.set $left (i32.add (local.get $left) (i32.const 1)))
          (local.set $right (i32.sub (local.get $right) (i32.const 1)))))
      (br_if $partition (i32.le_s (local.get $left) (local.get $right))))
    (call $quicksort (local.get $low) (local.get $right) (local.get $order))
    (call $quicksort (local.get $left) (local.get $high) (local.get $order)))

  ;; Sorts $count words both ways and emits every 16th; the number of words out of order, which is 0.
  (func (export "sort") (param $seed i64) (param $count i32) (result i32)
    (local $index i32) (local $inversions i32)
    (call $fill (i64.or (local.get $seed) (i64.const 1)) (local.get $count))
    (call $quicksort (i32.const 0) (i32.sub (local.get $count) (i32.const 1)) (i32.const 1))
    (call $quicksort (i32.const 0) (i32.sub (local.get $count) (i32.const 1)) (i32.const 0))
    (local.set $index (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (local.set $inversions (i32.add (local.get $inversions)
          (i64.gt_u (call $at (i32.sub (local.get $index) (i32.const 1))) (call $at (local.get $index)))))
        (if (i32.eqz (i32.and (local.get $index) (i32.const 15)))
          (then (call $emit (call $at (local.get $index)))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (local.get $inversions))

  ;; Iterations until z = z² + c leaves the circle of radius 2, 100 at most.
  (func $escape (param $cx f64) (param $cy f64) (result i64)
    (local $x f64) (local $y f64) (local $t f64) (local $n i64)
    (block $escaped
      (loop $next
        (br_if $escaped (i64.ge_u (local.get $n) (i64.const 100)))
        (br_if $escaped (f64.gt
          (f64.add (f64.mul (local.get $x) (local.get $x)) (f64.mul (local.get $y) (local.get $y)))
          (f64.const 4)))
        (local.set $t (f64.add (local.get $cx)
          (f64.sub (f64.mul (local.get $x) (local.get $x)) (f64.mul (local.get $y) (local.get $y)))))
        (local.set $y (f64.add (local.get $cy) (f64.mul (f64.const 2) (f64.mul (local.get $x) (local.get $y)))))
        (local.set $x (local.get $t))
        (local.set $n (i64.add (local.get $n) (i64.const 1)))
        (br $next)))
    (local.get $n))

  ;; All iterations of a $width × $width picture of [-2, 1] × [-1.5, 1.5].
  (func (export "mandelbrot") (param $width i32) (result i64)
    (local $column i32) (local $row i32) (local $scale f64) (local $sum i64)
    (local.set $scale (f64.div (f64.const 3) (f64.convert_i32_u (local.get $width))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $row) (local.get $width)))
        (local.set $sum (i64.add (local.get $sum) (call $escape
          (f64.sub (f64.mul (f64.convert_i32_u (local.get $column)) (local.get $scale)) (f64.const 2))
          (f64.sub (f64.mul (f64.convert_i32_u (local.get $row)) (local.get $scale)) (f64.const 1.5)))))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (if (i32.ge_u (local.get $column) (local.get $width))
          (then
            (local.set $column (i32.const 0))
            (local.set $row (i32.add (local.get $row) (i32.const 1)))))
        (br $next)))
    (local.get $sum)))
