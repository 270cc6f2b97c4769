module example.invalid/hardway/cri-o/conmon

go 1.26.3

require github.com/containers/conmon v2.2.1+incompatible
