# A short run of a libFuzzer target from a generated corpus, in a folder of its own.
#   cmake -DFUZZER=program -DSEEDS=program -DFOLDER=dir -DRUNS=n [-DMAX_LEN=bytes] [-DDICT=file]
#         -P run_fuzz.cmake
# SLUICE_SEED in the environment chooses the run.
set(seed 1)
if(DEFINED ENV{SLUICE_SEED})
  set(seed $ENV{SLUICE_SEED})
endif()
if(NOT DEFINED MAX_LEN)
  set(MAX_LEN 600)
endif()
set(dict)
if(DEFINED DICT)
  set(dict -dict=${DICT})
endif()
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/seeds ${FOLDER}/found)
execute_process(COMMAND ${SEEDS} ${FOLDER}/seeds COMMAND_ERROR_IS_FATAL ANY)
message("seed ${seed}; a failing input is left in ${FOLDER}; replay: ${FUZZER} FILE")
execute_process(
  COMMAND ${FUZZER} -runs=${RUNS} -seed=${seed} -max_len=${MAX_LEN} ${dict} -max_total_time=40 -timeout=10
          -print_final_stats=1 ${FOLDER}/found ${FOLDER}/seeds
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result ERROR_VARIABLE log)
string(REGEX MATCHALL "(stat::|ERROR|does not hold|SUMMARY|runtime error)[^\n]*" lines "${log}")
foreach(line ${lines})
  message("${line}")
endforeach()
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the fuzzer failed (${result}):\n${log}")
endif()
